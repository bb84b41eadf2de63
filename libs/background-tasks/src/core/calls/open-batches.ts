import type { Batch, HandlerAtWork } from '../batch/batch.js';
import { Roll } from './watched-set.js';

/** The batches that have tasks left, and the handlers at work, which may add some. */
export class OpenBatches {
  /** Batches with tasks that have not finished. */
  readonly unfinished = new Roll<Batch>();
  /** Handlers at work, whether or not they have added a task yet. */
  readonly atWork = new Roll<HandlerAtWork>();

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
    while (this.unfinished.has(batch) || this.#handlersOf(batch).length > 0) {
      await Promise.all(this.#handlersOf(batch).map((handler) => this.atWork.whenGone(handler)));
      await this.unfinished.whenGone(batch);
    }
  }

  /** Those of this application: it may share a request with another, which waits for its own. */
  #handlersOf(batch: Batch): HandlerAtWork[] {
    return [...batch.handlersAtWork].filter((handler) => this.atWork.has(handler));
  }
}
