import type { NewBatch } from './engine.js';

/** The one call of the engine that stores a batch, within whatever is around it. */
export class Submission {
  readonly #call: (batch: NewBatch) => Promise<void>;
  #isGivenUp = false;
  #asked?: Promise<void>;
  /** Ends the wait of what is around it. */
  #endWait?: (reason: unknown) => void;

  constructor(call: (batch: NewBatch) => Promise<void>) {
    this.#call = call;
  }

  /** Settles as the call does, or rejects once nobody waits for that any longer. */
  submit(batch: NewBatch): Promise<void> {
    if (this.#isGivenUp) return Promise.reject(new Error('It was given up before it was stored.'));
    const asked = (this.#asked ??= this.#call(batch));
    return new Promise((resolve, reject) => {
      this.#endWait = reject;
      asked.then(resolve, reject);
    });
  }

  /** It is not to be stored any more. Whether the engine was asked to: it may have done so. */
  giveUp(reason: unknown): boolean {
    this.#isGivenUp = true;
    this.waitNoLonger(reason);
    return this.#asked !== undefined;
  }

  /** Ends the wait of what is around it, which may keep something for as long as that lasts: the engine may never answer. */
  waitNoLonger(reason: unknown): void {
    this.#endWait?.(reason);
  }

  /** What is around it may fail; whether it is stored, the engine alone says. */
  async whenDone(around: () => Promise<void>): Promise<void> {
    try {
      await around();
    } catch (error) {
      // whoever takes it back has to come after it
      if (this.#isGivenUp) await this.#asked?.catch(() => undefined);
      throw error;
    }
    if (this.#asked === undefined) throw new Error('An interceptor has not called next() within its store().');
    await this.#asked;
  }
}
