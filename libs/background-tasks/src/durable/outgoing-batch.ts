import type { Batch } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Settlement } from '../core/batch/outcome.js';
import { beginCall, endCall } from '../core/tasks/background-task.js';
import type { Outcome } from '../core/tasks/task-context.js';

/** A task that an engine has, or is given, and how its response was expected to end then. */
export interface StoredEntry {
  readonly entry: Entry<Batch>;
  readonly outcome: Outcome;
}

/**
 * The durable tasks of a response that are stored together, until they are the engine's.
 *
 * To the rest of the library it is a batch like any other, which is unfinished until then: what waits for batches waits
 * for it, too.
 */
export class OutgoingBatch {
  readonly batch: Batch;
  /** `open`: nothing of it was stored. `over`: what was stored is the engine's, or will never run. */
  state: 'open' | 'storing' | 'held' | 'over' = 'open';
  /** Whether it is stored once a transaction commits, which may never be. */
  isInTransaction = false;
  /** Until when the engine holds it, by the monotonic clock. */
  heldUntil = 0;
  /** While its hold is being prolonged: what was said before must not arrive after the release. */
  prolonging: Promise<unknown> = Promise.resolve();
  /** How its response was said to have ended. */
  told?: Settlement;
  #stored: readonly StoredEntry[] = [];

  constructor(batch: Batch) {
    this.batch = batch;
  }

  get id(): string {
    return this.batch.id;
  }

  get stored(): readonly StoredEntry[] {
    return this.#stored;
  }

  /** Those that it has, stored or not. */
  get entries(): Array<Entry<Batch>> {
    return [...this.batch.entries, ...this.#stored.map(({ entry }) => entry)];
  }

  /** Takes `stored` out of whatever they wait in: from now on nobody cancels them, and they do not wait here. */
  beginToStore(stored: readonly StoredEntry[]): void {
    this.state = 'storing';
    this.#stored = stored;
    // while something runs a batch, it is not finished by being empty
    this.batch.run = { current: undefined, leaving: stored.map(({ entry }) => entry.task) };
    for (const { entry } of stored) {
      beginCall(entry.task, entry);
      this.batch.context ??= entry.context;
      this.batch.adder ??= entry.call;
    }
  }

  /** The engine has it, and holds it. */
  hold(): void {
    this.state = 'held';
    this.batch.run = { current: undefined };
  }

  /** Gives back what was stored, or could not be. */
  end(): readonly StoredEntry[] {
    const stored = this.#stored;
    this.state = 'over';
    this.#stored = [];
    this.batch.run = undefined;
    for (const { entry } of stored) endCall(entry.task, entry);
    return stored;
  }
}
