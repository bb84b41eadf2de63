import type { Batch, BatchEntry } from '../batch/batch.js';
import type { Settlement } from '../batch/settling.js';
import type { BackgroundTasksEvents, Refusal, SkipReason } from './background-tasks.events.js';
import { EventTeller } from './event-teller.js';
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
  /** Tasks that were not taken in, since `maxPending` others waited or ran. */
  readonly refused: number;
  /** Batches that an engine has: 0 without one. */
  readonly stored: number;
  /** Whether the application shuts down, and waits for what is left. */
  readonly draining: boolean;
}

/**
 * Everything that is told of tasks: counted, logged, and, where somebody listens, told as an event.
 *
 * Nothing here throws, whatever a subscriber or a logger does: what is told of a task never decides what becomes of it.
 */
export class TaskReports {
  readonly log = new TaskLog();
  /** Whether the drain has begun. */
  draining = false;
  readonly #events: EventTeller;
  readonly #counts = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, refused: 0, stored: 0 };

  constructor(events: BackgroundTasksEvents) {
    this.#events = new EventTeller(events, (thrown) => this.log.wentWrong(thrown));
  }

  get counts(): Omit<BackgroundTasksStats, 'batches'> {
    return { ...this.#counts, draining: this.draining };
  }

  /** How many events were told. */
  get told(): number {
    return this.#events.told;
  }

  /** How many tasks wait or run. */
  get unfinished(): number {
    return this.#counts.pending + this.#counts.running;
  }

  added(entry: BatchEntry): void {
    this.#counts.pending++;
    this.#events.tellAdded(entry);
  }

  /** What was added to `batch` and is not told of yet is, now. */
  tellAdded(batch: Batch): void {
    this.#events.tellUntoldOf(batch);
  }

  refused(batch: Batch, refusal: Refusal): void {
    this.#counts.refused += refusal.count;
    this.#events.tellRefused(batch, refusal, this.unfinished);
  }

  settled(batch: Batch, settlement: Settlement): void {
    if (this.#events.isHeard) this.#events.tellOfBatch(batch, { type: 'settled', ...settlement });
  }

  started(entry: BatchEntry): void {
    this.#counts.pending--;
    this.#counts.running++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'started' });
  }

  retrying(entry: BatchEntry, attempt: number, error: unknown): void {
    this.log.retrying(entry, attempt, error);
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'retrying', attempt, error });
  }

  succeeded(entry: BatchEntry, attempt: number): undefined {
    this.#counts.running--;
    this.#counts.succeeded++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'succeeded', attempt });
  }

  failed(entry: BatchEntry, attempt: number, error: unknown): void {
    this.#counts.running--;
    this.#counts.failed++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'failed', attempt, error });
  }

  skipped(entry: BatchEntry, reason: SkipReason): void {
    this.#counts.pending--;
    this.#counts.skipped++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'skipped', reason });
  }

  finished(batch: Batch): void {
    if (this.#events.isHeard) this.#events.tellOfBatch(batch, { type: 'finished' });
  }

  drained(lost: readonly string[]): void {
    this.#events.tellDrained(lost);
  }
}
