import type { ExecutionContext } from '@nestjs/common';
import type { Batch, BatchRunner } from './batch.js';
import { HandlerCall } from './handler-call.js';
import { batchOf, existingBatchOf, handlerOf, rememberHandler } from './request-batch.js';
import type { RawRequest } from './response-end.js';

/** One call of the handler of an HTTP request. */
export class RequestCall extends HandlerCall {
  readonly #context: ExecutionContext;
  readonly #request: RawRequest;

  constructor(context: ExecutionContext, request: RawRequest, runner: BatchRunner) {
    super(runner);
    this.#context = context;
    this.#request = request;
  }

  /**
   * Whether the call that `context` is about is being followed already: Nest makes one context for each call.
   *
   * One that has ended is not: it can be made again, by a global interceptor that retries.
   */
  static isFollowed(request: RawRequest, context: ExecutionContext): boolean {
    const call = handlerOf(request);
    return call instanceof RequestCall && call.#context === context && call.state === 'running';
  }

  get batch(): Batch {
    return batchOf(this.#request, this.runner);
  }

  protected get existingBatch(): Batch | undefined {
    return existingBatchOf(this.#request);
  }

  override started(): void {
    super.started();
    rememberHandler(this.#request, this);
  }
}
