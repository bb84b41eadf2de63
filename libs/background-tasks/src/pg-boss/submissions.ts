import { isSettledWithin } from './within.js';

/**
 * Stores batches in time, or not at all.
 *
 * A store that takes too long may succeed all the same: whoever asked was told that it did not, so the batch is taken
 * away then. The same batch again waits for that, lest it is found there, and then taken away.
 */
export class Submissions {
  readonly #timeout: number;
  readonly #discard: (id: string) => Promise<unknown>;
  readonly #late = new Map<string, Promise<unknown>>();

  constructor(timeout: number, discard: (id: string) => Promise<unknown>) {
    this.#timeout = timeout;
    this.#discard = discard;
  }

  async submit(id: string, store: () => Promise<unknown>): Promise<void> {
    const stored = this.#late.get(id)?.then(store) ?? store();
    if (await isSettledWithin(this.#timeout, stored)) return void (await stored);
    this.#takeAway(id, stored);
    throw new Error(`The durable batch ${id} was not stored within ${this.#timeout} ms.`);
  }

  #takeAway(id: string, stored: Promise<unknown>): void {
    const gone = stored
      .then(() => this.#discard(id))
      .catch(() => undefined)
      .finally(() => {
        if (this.#late.get(id) === gone) this.#late.delete(id);
      });
    this.#late.set(id, gone);
  }
}
