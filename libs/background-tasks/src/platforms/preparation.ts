import type { BatchRunner } from '../batch.js';
import type { CurrentRequest } from '../current-request.js';

/** What a platform is prepared with. */
export interface Preparation {
  readonly runner: BatchRunner;
  /** Given where tasks have `Scope.DEFAULT`, and have to find their request. */
  readonly currentRequest: CurrentRequest | undefined;
}
