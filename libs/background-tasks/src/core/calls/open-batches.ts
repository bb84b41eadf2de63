import type { Batch } from '../batch/batch.js';
import type { Call } from '../batch/outcome.js';
import type { HandlerCall } from './handler-call.js';

/** The batches that have tasks left, and the calls of handlers at work, which may add some. */
export class OpenBatches {
  /** Batches with tasks that have not finished. */
  readonly unfinished = new Set<Batch>();
  /** Calls at work, whether or not they have added a task yet. */
  readonly atWork = new Set<HandlerCall>();

  /** The batches that have tasks or may get some. */
  get all(): Set<Batch> {
    return new Set([...this.unfinished, ...Array.from(this.atWork, ({ batch }) => batch)]);
  }

  /** Resolves when every batch that has tasks now has finished. */
  async whenFinished(): Promise<void> {
    await Promise.all(Array.from(this.unfinished, finished));
  }

  /** Resolves when `batch` has no task and no handler left. */
  async whenQuiet(batch: Batch): Promise<void> {
    while (this.unfinished.has(batch) || this.#callsOf(batch).length > 0) {
      await Promise.all(this.#callsOf(batch).map(ended));
      if (this.unfinished.has(batch)) await finished(batch);
    }
  }

  /** Those of this application: it may share a request with another, which waits for its own. */
  #callsOf(batch: Batch): Call[] {
    const atWork: ReadonlySet<Call> = this.atWork;
    return [...batch.settling.atWork].filter((call) => atWork.has(call));
  }
}

function finished(batch: Batch): Promise<void> {
  return new Promise((resolve) => batch.onceFinished(resolve));
}

function ended(call: Call): Promise<void> {
  return new Promise((resolve) => call.onceEnded(() => resolve()));
}
