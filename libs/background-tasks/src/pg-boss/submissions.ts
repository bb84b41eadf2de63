import { isSettledWithin } from '../durable/within.js';

/**
 * Stores batches in time, or not at all.
 *
 * A store that takes too long may succeed all the same: whoever asked was told that it did not, so the batch is taken
 * away then. The same batch again waits for that, lest it is found there, and then taken away.
 */
export class Submissions {
  readonly #timeout: number;
  readonly #remove: (id: string) => Promise<boolean>;
  readonly #late = new Map<string, Promise<boolean>>();

  constructor(timeout: number, remove: (id: string) => Promise<boolean>) {
    this.#timeout = timeout;
    this.#remove = remove;
  }

  async submit(id: string, store: () => Promise<unknown>): Promise<void> {
    const stored = this.#late.get(id)?.then(store) ?? store();
    if (await isSettledWithin(this.#timeout, stored)) return void (await stored);
    this.#takeAway(id, stored);
    throw new Error(`The durable batch ${id} was not stored within ${this.#timeout} ms.`);
  }

  /** Takes a batch away; where it may still be stored, once that is known. */
  async discard(id: string): Promise<boolean> {
    return (await this.#late.get(id)) === true || this.#remove(id);
  }

  #takeAway(id: string, stored: Promise<unknown>): void {
    const gone = stored
      .then(() => this.#remove(id))
      .catch(() => false)
      .finally(() => {
        if (this.#late.get(id) === gone) this.#late.delete(id);
      });
    this.#late.set(id, gone);
  }
}
