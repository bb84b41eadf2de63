import type { Batch } from '../batch/batch.js';
import type { Source } from '../batch/source.js';
import { type CallHost, HandlerCall, type HandlerEnd } from '../calls/handler-call.js';
import type { RawRequest } from '../http/raw.js';
import { batchOf } from '../http/request.js';
import { sourceOfResolver } from './resolver-source.js';

/** One call of a GraphQL resolver: of several that share one response, and so one batch. */
export class ResolverCall extends HandlerCall {
  readonly isAmbient = true;
  readonly request: RawRequest;
  readonly batch: Batch;
  #hasAnswered = false;

  constructor(request: RawRequest, application: CallHost) {
    super(application);
    this.request = request;
    this.batch = batchOf(request, application);
  }

  get source(): Source {
    return sourceOfResolver(this);
  }

  get existingBatch(): Batch {
    return this.batch;
  }

  /** One response answers for all: what they have added is stored before that, at its first byte. */
  override get isHeldBack(): boolean {
    return false;
  }

  override start(): void {
    super.start();
    this.batch.settling.waitFor(this);
  }

  override answer(): void {
    this.#hasAnswered = true;
  }

  /** Torn down by an interceptor outside, it has succeeded if that has its answer; no client's leaving does it. */
  override end(state: HandlerEnd): void {
    if (state === 'torn down') super.end(this.#hasAnswered ? 'completed' : 'errored');
    else super.end(state);
  }
}
