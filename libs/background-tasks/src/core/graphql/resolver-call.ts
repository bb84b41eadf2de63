import type { ExecutionContext } from '@nestjs/common';
import type { Batch, BatchRunner } from '../batch/batch.js';
import { HandlerCall, type HandlerEnd } from '../calls/handler-call.js';
import { batchOf } from '../http/request.js';
import type { RawRequest } from '../http/http-response.js';

/** One call of a GraphQL resolver: of several that share one response, and so one batch. */
export class ResolverCall extends HandlerCall {
  readonly batch: Batch;
  #hasAnswered = false;

  constructor(request: RawRequest, runner: BatchRunner, context: ExecutionContext) {
    super(runner, context);
    this.batch = batchOf(request, runner);
  }

  get existingBatch(): Batch {
    return this.batch;
  }

  override started(): void {
    super.started();
    this.batch.sharedBy(this);
  }

  override answered(): void {
    this.#hasAnswered = true;
  }

  /** Torn down by an interceptor outside, it has succeeded if that has its answer; no client's leaving does it. */
  override ended(state: HandlerEnd): void {
    if (state === 'torn down') super.ended(this.#hasAnswered ? 'completed' : 'errored');
    else super.ended(state);
  }
}
