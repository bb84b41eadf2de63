import type { Batch, BatchEntry, BatchRunner } from '../core/batch/batch.js';
import type { Settlement } from '../core/batch/outcome.js';
import type { Scheduler } from '../core/running/scheduler.js';
import type { BackgroundTask } from '../core/tasks/background-task.js';

/** What the batches that go to an engine have in place of what runs batches: they are counted and told of, and not run. */
export class OutgoingRunner implements BatchRunner {
  readonly #scheduler: Scheduler;
  readonly #cancelled = new WeakSet<BackgroundTask>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Whether `task` was cancelled on this response: it is not taken in there again, whatever was stored meanwhile. */
  hasCancelled(task: BackgroundTask): boolean {
    return this.#cancelled.has(task);
  }

  /** That was done by the batch of the response, which takes tasks in. */
  admit(): void {}

  added(entry: BatchEntry): void {
    this.#scheduler.added(entry);
  }

  cancelled(entry: BatchEntry): void {
    this.#cancelled.add(entry.task);
    this.#scheduler.cancelled(entry);
  }

  tellSettled(batch: Batch, settlement: Settlement): void {
    this.#scheduler.tellSettled(batch, settlement);
  }

  tellAdded(batch: Batch): void {
    this.#scheduler.tellAdded(batch);
  }

  run(): void {}
}
