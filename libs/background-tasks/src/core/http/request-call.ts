import type { Batch } from '../batch/batch.js';
import { type CallHost, HandlerCall } from '../calls/handler-call.js';
import type { RawRequest } from './raw.js';
import { batchOf, existingBatchOf, rememberCallOn } from './request.js';

/** One call of the handler of an HTTP request. */
export class RequestCall extends HandlerCall {
  readonly #request: RawRequest;

  constructor(request: RawRequest, application: CallHost) {
    super(application);
    this.#request = request;
  }

  get batch(): Batch {
    return batchOf(this.#request, this.application);
  }

  get existingBatch(): Batch | undefined {
    return existingBatchOf(this.#request);
  }

  override start(): void {
    super.start();
    rememberCallOn(this.#request, this);
  }
}
