import type { BatchRunner } from '../../batch/batch.js';

/** What a platform is prepared with. */
export interface Preparation {
  readonly runner: BatchRunner;
  /** Whether tasks have `Scope.DEFAULT`, and have to find their request. */
  readonly hasCurrentRequest: boolean;
}
