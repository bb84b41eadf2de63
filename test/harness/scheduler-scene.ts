import { Logger } from '@nestjs/common';
import { Application } from '../../libs/background-tasks/src/core/calls/application.js';
import { BackgroundTasksRunner } from '../../libs/background-tasks/src/core/running/background-tasks.runner.js';
import { namesIn } from '../../libs/background-tasks/src/core/running/names-in.js';
import { Scheduler } from '../../libs/background-tasks/src/core/running/scheduler.js';
import { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import { type Deferred, deferred } from './deferred.js';
import { FakeBatch } from './fake-batch.js';
import { FakeCall } from './fake-call.js';
import { inWords, recordedEvents } from './recorded-reports.js';
import { RecordingLogger } from './recording-logger.js';
import { Timeline } from './timeline.js';

/** A scheduler without Nest, and what happens to the tasks of its batches. */
export class SchedulerScene {
  /** The names of the tasks, as they start. */
  readonly timeline = new Timeline();
  readonly logger = new RecordingLogger();
  readonly recorded = recordedEvents();
  readonly scheduler = new Scheduler(new Application(), this.recorded.events);
  readonly runner = new BackgroundTasksRunner(this.scheduler);
  readonly open = this.scheduler.application.openBatches;

  constructor() {
    Logger.overrideLogger(this.logger);
  }

  get namesOfRunning(): readonly string[] {
    return namesIn(this.open.unfinished).running;
  }

  told(): string[] {
    return this.recorded.told.map(inWords);
  }

  /** Adds a task to `batch`, which the scheduler has to accept. */
  add(batch: FakeBatch, name: string, fn: () => unknown = () => undefined): FakeBatch {
    const task = new BackgroundTask(() => {
      this.timeline.mark(name);
      return fn();
    }).with({ name });
    this.scheduler.admit(1, task, batch.real);
    this.scheduler.added(batch.entryOf(task));
    return batch.add(task);
  }

  /** A batch with a task that lasts until a test ends its work. */
  busy(name: string): { readonly batch: FakeBatch; readonly work: Deferred } {
    const work = deferred();
    return { batch: this.add(new FakeBatch(), name, () => work.promise), work };
  }

  /** Has a handler at work on `batch`, until the function that it returns is called. */
  handle(batch: FakeBatch): () => void {
    const call = new FakeCall(batch.real, this.scheduler.application);
    batch.settling.atWork.add(call);
    call.onceEnded(() => batch.settling.atWork.delete(call));
    return () => call.end('completed');
  }
}
