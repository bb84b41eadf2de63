import type { Batch } from '../batch/batch.js';
import { clock } from '../batch/clock.js';
import { SCOPE, type Source } from '../batch/source.js';
import { isHandlerOfEvents } from '../nest/kinds-of-answers.js';
import { type CallHost, HandlerCall, type HandlerEnd } from './handler-call.js';
import { MessageReply } from './message-reply.js';

/** A call with a batch of its own, which is over when the call is: there is no response that others share. */
export class OwnCall extends HandlerCall {
  readonly isAmbient = true;
  /** When it was made, by the monotonic clock, if somebody listened then. */
  readonly startedAt: number | undefined;
  readonly #reply = new MessageReply();
  readonly #sourceOf: (call: HandlerCall) => Source;
  #batch?: Batch;

  /** `sourceOf` says what brought it; a scope, by default. */
  constructor(application: CallHost, sourceOf: (call: HandlerCall) => Source = sourceOfScope) {
    super(application);
    this.startedAt = application.isObserved ? clock.now() : undefined;
    this.#sourceOf = sourceOf;
  }

  get source(): Source {
    return this.#sourceOf(this);
  }

  get batch(): Batch {
    if (this.#batch === undefined) {
      this.#batch = this.application.newBatch();
      this.#batch.origin = this;
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

function sourceOfScope(): Source {
  return SCOPE;
}
