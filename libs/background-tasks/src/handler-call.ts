import type { ExecutionContext } from '@nestjs/common';
import type { Batch, BatchRunner, HandlerAtWork } from './batch.js';
import type { HandlerState } from './outcome.js';
import { batchOf, existingBatchOf, handlerOf, rememberHandler } from './request-batch.js';
import type { RawRequest } from './response-end.js';

/** One call of a handler: what becomes of its observable. */
export class HandlerCall implements HandlerAtWork {
  readonly #context: ExecutionContext;
  readonly #request: RawRequest;
  readonly #runner: BatchRunner;
  #state: HandlerState = 'unseen';

  constructor(context: ExecutionContext, request: RawRequest, runner: BatchRunner) {
    this.#context = context;
    this.#request = request;
    this.#runner = runner;
  }

  /**
   * Whether the call that `context` is about is being followed already: Nest makes one context for each call.
   *
   * One that has ended is not: it can be made again, by a global interceptor that retries.
   */
  static isFollowed(request: RawRequest, context: ExecutionContext): boolean {
    const call = handlerOf(request);
    return call instanceof HandlerCall && call.#context === context && call.#state === 'running';
  }

  get state(): HandlerState {
    return this.#state;
  }

  get batch(): Batch {
    return batchOf(this.#request, this.#runner);
  }

  /** The handler's observable has been subscribed to. */
  started(): void {
    this.#state = 'running';
    rememberHandler(this.#request, this);
    this.#runner.handlerStarted(this);
  }

  ended(state: 'completed' | 'errored' | 'torn down'): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    existingBatchOf(this.#request)?.handlerEnded();
    this.#runner.handlerEnded(this);
  }
}
