import type { Batch } from '../batch/batch.js';
import { isHandlerOfEvents } from '../nest/kinds-of-answers.js';
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

  /** What is answered by messages may be answered by several. */
  override get answersEach(): boolean {
    return true;
  }

  get isUnanswered(): boolean {
    return isHandlerOfEvents(this.handler?.getHandler());
  }

  /** Makes the call; settles as `fn` does, or rejects where what it has added cannot be stored. */
  async follow<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.start();
    this.application.openBatches.unfinished.onOpened?.(this.batch);
    try {
      const result = await fn();
      await this.storeBefore('success');
      this.end('completed');
      return result;
    } catch (error) {
      await this.storeBefore('failure');
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
