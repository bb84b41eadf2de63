import type { BackgroundTask } from '../tasks/background-task.js';

/** A task that is running. */
export interface RunningTask {
  readonly entry: { readonly task: BackgroundTask };
  /** Tells it to stop. */
  stop(reason: Error): void;
  /** Ends its attempt for its interceptors, if it was told to stop. */
  endStopped(): void;
}

/** A batch while it runs, or waits for its turn. */
export interface RunOfBatch {
  readonly current: RunningTask | undefined;
  /** Those that are on their way to somewhere else. */
  readonly leaving?: Iterable<BackgroundTask>;
}
