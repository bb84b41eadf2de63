import { Logger } from '@nestjs/common';
import type { BackgroundTask } from './background-task.js';
import { described, quoted } from './background-tasks.errors.js';
import type { BatchEntry, SettledEntry } from './batch.js';

/**
 * The log lines an operator reads.
 *
 * Each is written in the async context of the code that added the task, so a logger that prints a
 * request id prints the right one. A logger that throws harms no task.
 */
export class TaskLog {
  readonly #logger = new Logger('BackgroundTasks');

  /** The original error goes to the logger as it is. */
  failed(entry: BatchEntry, error: unknown, skipped: readonly BackgroundTask[]): void {
    const what = error instanceof Error ? '' : ` with ${described(error)}`;
    const lost = skipped.length === 0 ? '' : ` Skipped after it: ${quoted(skipped.map(({ name }) => name))}.`;
    this.#write(entry, (name) => this.#logger.error(`Background task ${name} failed${what}.${lost}`, error));
  }

  skippedAfterFailure(entry: BatchEntry, failed: BackgroundTask): undefined {
    const why = `${quoted([failed.name])} had failed before it was added`;
    this.#write(entry, (name) => this.#logger.warn(`Background task ${name} was skipped: ${why}.`));
  }

  skippedByOutcome(entry: SettledEntry): undefined {
    const why = `the response ended in ${entry.outcome}`;
    this.#write(entry, (name) => this.#logger.debug(`Background task ${name} was skipped: ${why}.`));
  }

  #write({ task, context }: BatchEntry, write: (name: string) => void): void {
    try {
      context.runInAsyncScope(() => write(quoted([task.name])));
    } catch (error) {
      process.emitWarning(`The logger threw on a line about ${quoted([task.name])}: ${described(error)}`, {
        type: 'BackgroundTasksWarning',
      });
    }
  }
}
