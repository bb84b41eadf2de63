import type { Subject } from 'rxjs';
import type { Batch, BatchEntry } from '../batch/batch.js';
import type { Settlement } from '../batch/settling.js';
import {
  type BackgroundTasksEvent,
  type BackgroundTasksEvents,
  type EventFacts,
  type SkipReason,
  subjectOf,
} from './background-tasks.events.js';
import { TaskLog } from './task-log.js';

/** How many batches and tasks there are, and what became of the others. */
export interface BackgroundTasksStats {
  /** Batches that have tasks and have not finished. */
  readonly batches: number;
  /** Tasks that have not started. */
  readonly pending: number;
  /** Tasks that have started and not ended. */
  readonly running: number;
  /** Tasks that are done, since the application started. */
  readonly succeeded: number;
  /** Tasks that failed for good. */
  readonly failed: number;
  /** Tasks that did not run. */
  readonly skipped: number;
}

/** Everything that is told of tasks: counted, logged, and, where somebody listens, told as an event. */
export class TaskReports {
  readonly log = new TaskLog();
  readonly #events: Subject<BackgroundTasksEvent>;
  readonly #counts = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 };

  constructor(events: BackgroundTasksEvents) {
    this.#events = subjectOf(events);
  }

  get counts(): Omit<BackgroundTasksStats, 'batches'> {
    return { ...this.#counts };
  }

  /** How many tasks wait or run. */
  get unfinished(): number {
    return this.#counts.pending + this.#counts.running;
  }

  added(entry: BatchEntry): void {
    this.#counts.pending++;
    this.#tellOf(entry, { type: 'added' });
  }

  settled(batch: Batch, { outcome, aborted }: Settlement): void {
    if (this.#events.observed) this.#tell({ type: 'settled', batchId: batch.id, outcome, aborted });
  }

  started(entry: BatchEntry): void {
    this.#counts.pending--;
    this.#counts.running++;
    this.#tellOf(entry, { type: 'started' });
  }

  retrying(entry: BatchEntry, attempt: number, error: unknown): void {
    this.log.retrying(entry, attempt, error);
    this.#tellOf(entry, { type: 'retrying', attempt, error });
  }

  succeeded(entry: BatchEntry, attempt: number): undefined {
    this.#counts.running--;
    this.#counts.succeeded++;
    this.#tellOf(entry, { type: 'succeeded', attempt });
  }

  failed(entry: BatchEntry, attempt: number, error: unknown): void {
    this.#counts.running--;
    this.#counts.failed++;
    this.#tellOf(entry, { type: 'failed', attempt, error });
  }

  skipped(entry: BatchEntry, reason: SkipReason): void {
    this.#counts.pending--;
    this.#counts.skipped++;
    this.#tellOf(entry, { type: 'skipped', reason });
  }

  finished(batch: Batch): void {
    if (this.#events.observed) this.#tell({ type: 'finished', batchId: batch.id });
  }

  drained(lost: readonly string[]): void {
    if (this.#events.observed) this.#tell({ type: 'drained', lost });
  }

  #tell(facts: EventFacts): void {
    this.#events.next({ ...facts, timestamp: Date.now() });
  }

  #tellOf(entry: BatchEntry, what: TaskFacts): void {
    if (!this.#events.observed) return;
    const { batch, index, task } = entry;
    this.#tell({ ...what, batchId: batch.id, name: task.name, index });
  }
}

type TaskFacts<E = EventFacts> = E extends { readonly index: number } ? Omit<E, 'batchId' | 'name' | 'index'> : never;
