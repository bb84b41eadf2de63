/** What became of tasks: a part of `BackgroundTasksRunner.stats()`. */
export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Counts = { succeeded: 0, failed: 0, skipped: 0 };

export function sum(one: Counts, other: Counts): Counts {
  return {
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}
