import type { Batch } from '../batch/batch.js';
import { HandlerCall, type HandlerEnd } from './handler-call.js';
import { MessageReply } from './message-reply.js';

/** A call with a batch of its own, which is over when the call is: there is no response that others share. */
export class OwnCall extends HandlerCall {
  readonly isAmbient = true;
  readonly #reply = new MessageReply();
  #batch?: Batch;

  get batch(): Batch {
    if (this.#batch === undefined) {
      this.#batch = this.application.newBatch();
      this.#batch.settling.follow(this);
      this.#batch.settling.setResponse(this.#reply);
    }
    return this.#batch;
  }

  get existingBatch(): Batch | undefined {
    return this.#batch;
  }

  /** Makes the call; settles as `fn` does. */
  async follow<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.start();
    this.application.openBatches.unfinished.onOpened?.(this.batch);
    try {
      const result = await fn();
      this.end('completed');
      return result;
    } catch (error) {
      this.end('errored');
      throw error;
    }
  }

  override answer(): void {
    this.#reply.begin();
  }

  override end(state: HandlerEnd): void {
    if (this.state !== 'running') return;
    super.end(state);
    this.#reply.end(state === 'torn down');
  }
}
