import { Batch } from '../batch/batch.js';
import { HandlerCall, type HandlerEnd } from './handler-call.js';
import { Reply } from './message-reply.js';

/** A call with a batch of its own, which is over when the call is: there is no response that others share. */
export class OwnCall extends HandlerCall {
  readonly reply = new Reply();
  #batch?: Batch;

  get batch(): Batch {
    if (this.#batch === undefined) {
      this.#batch = new Batch(this.runner);
      this.#batch.handledBy(this);
      this.#batch.answeredBy(this.reply);
    }
    return this.#batch;
  }

  get existingBatch(): Batch | undefined {
    return this.#batch;
  }

  /** Makes the call; settles as `fn` does. */
  async follow<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.started();
    try {
      const result = await fn();
      this.ended('completed');
      return result;
    } catch (error) {
      this.ended('errored');
      throw error;
    }
  }

  override answered(): void {
    this.reply.begun();
  }

  override ended(state: HandlerEnd): void {
    if (this.state !== 'running') return;
    super.ended(state);
    this.reply.ended(state === 'torn down');
  }
}
