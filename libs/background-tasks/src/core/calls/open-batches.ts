import type { Batch } from '../batch/batch.js';
import type { Call } from '../batch/outcome.js';
import { Member, Roster } from '../batch/roster.js';
import type { HandlerCall } from './handler-call.js';
import { UnfinishedBatches } from './unfinished-batches.js';

/** The batches that have tasks left, and the calls of handlers at work, which may add some. */
export class OpenBatches {
  /** Batches with tasks that have not finished. */
  readonly unfinished = new UnfinishedBatches();
  /** Those that a worker has claimed from an engine: the drain waits for them, and whoever asks to be idle does not. */
  readonly claimed = new Set<Batch>();
  /** Calls at work, whether or not they have added a task yet. */
  readonly atWork = new Roster<HandlerCall>();

  /** The batches that have tasks. */
  get withTasks(): Batch[] {
    return [...this.unfinished, ...this.claimed];
  }

  /** The batches that have tasks or may get some. */
  get all(): Set<Batch> {
    return new Set([...this.withTasks, ...Array.from(this.atWork, ({ batch }) => batch)]);
  }

  /** Whether `batch` has no task and no handler left. */
  isQuiet(batch: Batch): boolean {
    return !this.#hasTasks(batch) && this.callsOn(batch).length === 0;
  }

  /** Resolves when `batch` has no task and no handler left. */
  async whenQuiet(batch: Batch): Promise<void> {
    while (!this.isQuiet(batch)) {
      await Promise.all(this.callsOn(batch).map(ended));
      if (this.#hasTasks(batch)) await finished(batch);
    }
  }

  #hasTasks(batch: Batch): boolean {
    return this.unfinished.has(batch) || this.claimed.has(batch);
  }

  /** How many calls are at work on `batches`. */
  countCallsOn(batches: readonly Batch[]): number {
    // the batches of one response share its calls
    return new Set(batches.flatMap((batch) => this.callsOn(batch))).size;
  }

  /** The calls at work on `batch`, of this application: it may share a request with another, which waits for its own. */
  callsOn(batch: Batch): Call[] {
    return [...batch.settling.atWork].filter((call) => call instanceof Member && this.atWork.has(call));
  }
}

function finished(batch: Batch): Promise<void> {
  return new Promise((resolve) => batch.onceFinished(resolve));
}

function ended(call: Call): Promise<void> {
  return new Promise((resolve) => call.onceEnded(() => resolve()));
}
