import { Logger } from '@nestjs/common';
import { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import { BackgroundTasksRunner } from '../../libs/background-tasks/src/core/running/background-tasks.runner.js';
import type { HandlerState } from '../../libs/background-tasks/src/core/batch/outcome.js';
import { type Deferred, deferred } from './deferred.js';
import { FakeBatch } from './fake-batch.js';
import { inWords, recordedEvents } from './recorded-reports.js';
import { RecordingLogger } from './recording-logger.js';
import { Timeline } from './timeline.js';

/** A runner without an application, and what happens to the tasks of its batches. */
export class RunnerScene {
  /** The names of the tasks, as they start. */
  readonly timeline = new Timeline();
  readonly logger = new RecordingLogger();
  readonly recorded = recordedEvents();
  readonly runner = new BackgroundTasksRunner(this.recorded.events);

  constructor() {
    Logger.overrideLogger(this.logger);
  }

  told(): string[] {
    return this.recorded.told.map(inWords);
  }

  /** Adds a task to `batch`, which the runner has to accept. */
  add(batch: FakeBatch, name: string, fn: () => unknown = () => undefined): FakeBatch {
    const task = new BackgroundTask(() => {
      this.timeline.mark(name);
      return fn();
    }).with({ name });
    this.runner.accept(batch.entryOf(task));
    return batch.add(task);
  }

  /** A batch with a task that lasts until a test ends its work. */
  busy(name: string): { readonly batch: FakeBatch; readonly work: Deferred } {
    const work = deferred();
    return { batch: this.add(new FakeBatch(), name, () => work.promise), work };
  }

  /** Has a handler at work on `batch`, until the function that it returns is called. */
  handle(batch: FakeBatch): () => void {
    let state: HandlerState = 'running';
    const call = {
      batch: batch.real,
      existingBatch: batch.real,
      get state() {
        return state;
      },
    };
    batch.handler = call;
    this.runner.handlerStarted(call);
    return () => {
      state = 'completed';
      this.runner.handlerEnded(call);
    };
  }
}
