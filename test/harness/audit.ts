import { beforeEach } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { Timeline } from './timeline.js';

/** What happened in this test. */
export const timeline = new Timeline();

beforeEach(() => timeline.clear());

/** A task: marks `event`, and the outcome for which it runs. */
export const note = (event: string): void => timeline.mark(`${event} after ${currentTask()?.outcome}`);

/** A service that adds tasks, whatever the outcome, wherever it is injected. */
@Injectable()
export class Audit {
  constructor(private readonly tasks: BackgroundTasks) {}

  write(event: string): void {
    this.tasks.addTask(note, event).with({ runOn: 'always' });
  }
}
