import { Injectable } from '@nestjs/common';
import { currentTask, DurableTask } from 'nestjs-background-tasks';
import { Timeline } from '../harness/timeline.js';

/** What the steps did, in order. */
export const timeline = new Timeline();

/** What a step does beside marking the timeline. */
export const script = new Map<string, () => unknown>();

/** Begins anew, before each test. */
export function beginAnew(): void {
  timeline.clear();
  script.clear();
}

/** A provider with durable methods, each of which marks what it was called with. */
@Injectable()
export class Mailer {
  @DurableTask('mail.send')
  async send(to: string): Promise<void> {
    await act('sent', to);
  }

  @DurableTask('mail.audit')
  async audit(event: string): Promise<void> {
    await act('audited', event);
  }

  /** Not durable. */
  async note(event: string): Promise<void> {
    await act('noted', event);
  }
}

async function act(verb: string, what: string): Promise<void> {
  timeline.mark(`begins ${what}`);
  await script.get(what)?.();
  timeline.mark(`${verb} ${what} after ${currentTask()?.outcome}`);
}
