import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

/** What one test shares with its handlers, its tasks and its resources. */
export class Stage extends Timeline {
  /** Resolved by the test to let the handlers in flight end. */
  readonly handlers: Deferred = deferred();
  /** Resolved by the test to let the tasks that are running end. */
  readonly tasks: Deferred = deferred();
  /** Resolved by the test to let the guard pass its request on. */
  readonly guard: Deferred = deferred();
  /** Resolved by the test to let the server close. */
  readonly server: Deferred = deferred();
}
