import type { Batch } from '../batch/batch.js';
import type { HandlerCall } from './handler-call.js';
import { WatchedSet } from './watched-set.js';

/** The batches that have tasks left, and the calls of handlers at work, which may add some. */
export class OpenBatches {
  /** Batches with tasks that have not finished. */
  readonly unfinished = new WatchedSet<Batch>();
  /** Handlers at work, whether or not they have added a task yet. */
  readonly atWork = new WatchedSet<HandlerCall>();

  /** The batches that have tasks or may get some. */
  get all(): Set<Batch> {
    return new Set([...this.unfinished, ...Array.from(this.atWork, ({ batch }) => batch)]);
  }

  /** Resolves when every batch that has tasks now has finished. */
  async whenFinished(): Promise<void> {
    await Promise.all(Array.from(this.unfinished, (batch) => this.unfinished.whenGone(batch)));
  }

  /** Resolves when `batch` has no task and no handler left. */
  async whenQuiet(batch: Batch): Promise<void> {
    while (this.unfinished.has(batch) || this.#callsOf(batch).length > 0) {
      await Promise.all(this.#callsOf(batch).map((call) => this.atWork.whenGone(call)));
      await this.unfinished.whenGone(batch);
    }
  }

  /** Those of this application: it may share a request with another, which waits for its own. */
  #callsOf(batch: Batch): HandlerCall[] {
    return [...batch.settling.atWork].filter((call) => this.atWork.has(call));
  }
}
