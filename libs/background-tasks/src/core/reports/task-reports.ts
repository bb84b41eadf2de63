import type { Batch, BatchEntry } from '../batch/batch.js';
import type { Settlement } from '../batch/outcome.js';
import { SCOPE } from '../batch/source.js';
import { lookAt } from '../errors/safely.js';
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
  /** Durable tasks that were handed over to an engine, since the application started: 0 without one. */
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

  /** How many tasks an engine has: those whose response is not over, and those that this process runs for it. */
  #held = 0;

  constructor(events: BackgroundTasksEvents) {
    this.#events = new EventTeller(events, (thrown) => this.log.wentWrong(thrown));
  }

  get counts(): Omit<BackgroundTasksStats, 'batches'> {
    return { ...this.#counts, draining: this.draining };
  }

  /** Whether anybody listens to events. */
  get isHeard(): boolean {
    return this.#events.isHeard;
  }

  /** How many events were told. */
  get told(): number {
    return this.#events.told;
  }

  /** How many tasks wait or run, but for those that an engine has. */
  get unfinished(): number {
    return this.#counts.pending + this.#counts.running - this.#held;
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
    if (!this.#events.isHeard) return;
    const source = lookAt(() => batch.source, SCOPE);
    this.#events.tellOfBatch(batch, { type: 'settled', ...settlement, source, ...batch.moments });
  }

  started(entry: BatchEntry): void {
    this.#counts.pending--;
    this.#counts.running++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'started' });
  }

  /** An attempt has failed, of a task that may be tried again; returns when, for `retrying`, if anybody listens. */
  attemptFailed(entry: BatchEntry, attempt: number, error: unknown): number | undefined {
    return this.#events.tellFailedAttempt(entry, attempt, error);
  }

  retrying(entry: BatchEntry, attempt: number, error: unknown, failedAt?: number): void {
    this.log.retrying(entry, attempt, error);
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'retrying', attempt, error, failedAt });
  }

  /** An attempt of a claimed task has failed, and the next one is made once it is claimed again. */
  retriedLater(entry: BatchEntry, attempt: number, error: unknown): void {
    this.#counts.running--;
    this.#counts.pending++;
    const failedAt = this.#events.isHeard ? entry.batch.now() : undefined;
    this.retrying(entry, attempt + 1, error, failedAt);
    // last: it runs no more until somebody claims it
    this.attemptFailed(entry, attempt, error);
  }

  /** The attempt of a claimed task was broken off, through no fault of its own: it is made again elsewhere. */
  brokenOff(): void {
    this.#counts.running--;
    this.#counts.pending++;
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

  /** It could not be stored, and will not run. */
  lost(entry: BatchEntry, error: unknown): void {
    this.#counts.pending--;
    this.#counts.failed++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'failed', attempt: 0, error });
  }

  skipped(entry: BatchEntry, reason: SkipReason): void {
    this.#counts.pending--;
    this.#counts.skipped++;
    if (this.#events.isHeard) this.#events.tellOfTask(entry, { type: 'skipped', reason });
  }

  /** An engine has what was added to `batch`, and holds it until the response is over. */
  stored(batch: Batch, names: readonly string[]): void {
    this.#held += names.length;
    if (this.#events.isHeard) this.#events.tellOfBatch(batch, { type: 'stored', names });
  }

  /** So many tasks, which an engine had, are with this process again: they will be skipped, or stored anew. */
  takenBack(count: number): void {
    this.#held -= count;
  }

  /** The engine may have so many tasks of `batch` run: they are no longer this process's. */
  released(batch: Batch, count: number): void {
    this.#held -= count;
    this.#counts.pending -= count;
    this.#counts.stored += count;
    if (this.#events.isHeard) this.#events.tellOfBatch(batch, { type: 'released' });
  }

  /** This process has claimed a batch with so many tasks that are left. */
  claimed(count: number): void {
    this.#held += count;
    this.#counts.pending += count;
  }

  /** One of them has ended, or will not run. */
  claimedEnded(): void {
    this.#held--;
  }

  /** So many tasks of a claimed batch are left for another time, or for another process. */
  left(count: number): void {
    this.#held -= count;
    this.#counts.pending -= count;
  }

  finished(batch: Batch): void {
    if (this.#events.isHeard) this.#events.tellOfBatch(batch, { type: 'finished' });
  }

  drained(lost: readonly string[]): void {
    this.#events.tellDrained(lost);
  }
}
