import type { Application } from '../../calls/application.js';

/** What a platform is prepared with. */
export interface Preparation {
  readonly application: Application;
  /** Whether tasks have `Scope.DEFAULT`, and have to find their request. */
  readonly hasDefaultScope: boolean;
  /** Whether somebody will ask for the platform's request of a batch, as the option `waitUntil` does. */
  readonly remembersRequests?: boolean;
}
