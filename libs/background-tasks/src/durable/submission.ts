import type { NewBatch } from './engine.js';

/** The one call of the engine that stores a batch, within whatever is around it. */
export class Submission {
  readonly #call: (batch: NewBatch) => Promise<void>;
  #isGivenUp = false;
  #asked?: Promise<void>;

  constructor(call: (batch: NewBatch) => Promise<void>) {
    this.#call = call;
  }

  submit(batch: NewBatch): Promise<void> {
    if (this.#isGivenUp) return Promise.reject(new Error('It was given up before it was stored.'));
    this.#asked ??= this.#call(batch);
    return this.#asked;
  }

  giveUp(): boolean {
    this.#isGivenUp = true;
    return this.#asked !== undefined;
  }

  /** What is around it may fail; whether it is stored, the engine alone says. */
  async whenDone(around: () => Promise<void>): Promise<void> {
    await around();
    if (this.#asked === undefined) throw new Error('An interceptor has not called next() within its store().');
    await this.#asked;
  }
}
