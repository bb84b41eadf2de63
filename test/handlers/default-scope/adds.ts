import { beforeEach } from '@jest/globals';
import { Inject } from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { deferred } from '../../harness/deferred.js';
import { Timeline } from '../../harness/timeline.js';

/** What happened in the test at hand. */
export const timeline = new Timeline();

/** What the test at hand and its application wait for. */
export const gates = { release: deferred(), added: deferred(), entered: deferred() };

export const note = (event: string): void => timeline.mark(event);
export const noteOutcome = (event: string): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

/** The names of the classes that were made, as often as they were. */
export const constructed: string[] = [];

/** What noteRefusal() has caught. */
export const refused: Error[] = [];

beforeEach(() => {
  timeline.clear();
  gates.release = deferred();
  gates.added = deferred();
  gates.entered = deferred();
  constructed.length = 0;
  refused.length = 0;
});

export async function noteRefusal(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch (error) {
    refused.push(error as Error);
  }
}

/** A singleton that adds tasks, whatever else it is. */
export class Adds {
  constructor(@Inject(BackgroundTasks) protected readonly tasks: BackgroundTasks) {
    constructed.push(new.target.name);
  }

  add(event: string): void {
    this.tasks.addTask(note, event);
  }
}
