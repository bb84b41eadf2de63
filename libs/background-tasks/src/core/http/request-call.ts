import type { ExecutionContext } from '@nestjs/common';
import type { Batch, BatchRunner } from '../batch/batch.js';
import { HandlerCall } from '../calls/handler-call.js';
import { batchOf, existingBatchOf, handlerOf, rememberHandler } from './request.js';
import type { RawRequest } from './http-response.js';

/** One call of the handler of an HTTP request. */
export class RequestCall extends HandlerCall {
  readonly #request: RawRequest;

  constructor(request: RawRequest, runner: BatchRunner, context: ExecutionContext) {
    super(runner, context);
    this.#request = request;
  }

  /** Whether the call that `context` is about is being followed already. */
  static isFollowed(request: RawRequest, context: ExecutionContext): boolean {
    const call = handlerOf(request);
    return call instanceof RequestCall && call.isAbout(context);
  }

  get batch(): Batch {
    return batchOf(this.#request, this.runner);
  }

  get existingBatch(): Batch | undefined {
    return existingBatchOf(this.#request);
  }

  override started(): void {
    super.started();
    rememberHandler(this.#request, this);
  }
}
