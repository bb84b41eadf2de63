import { Logger } from '@nestjs/common';
import type { BatchEntry, SettledEntry } from '../batch/batch.js';
import { described, isErrorLike, quoted } from '../errors/wording.js';
import type { BackgroundTask } from '../tasks/background-task.js';

/**
 * The log lines an operator reads.
 *
 * Each is written in the async context of the code that added the task, so a logger that prints a
 * request id prints the right one. A logger that throws harms no task.
 */
export class TaskLog {
  readonly #logger = new Logger('BackgroundTasks');

  /** The original error goes to the logger as it is. */
  failed(entry: BatchEntry, attempts: number, error: unknown, skipped: readonly BackgroundTask[]): void {
    const after = attempts === 1 ? '' : ` after ${attempts} attempts`;
    const what = isErrorLike(error) ? '' : ` with ${described(error)}`;
    const lost = skipped.length === 0 ? '' : ` Skipped after it: ${quoted(skipped.map(({ name }) => name))}.`;
    this.#write(entry, (name) => this.#logger.error(`Background task ${name} failed${after}${what}.${lost}`, error));
  }

  retrying(entry: BatchEntry, attempt: number, error: unknown): void {
    const line = `failed and is tried again, attempt ${attempt}: ${summary(error)}`;
    this.#write(entry, (name) => this.#logger.warn(`Background task ${name} ${line}`));
  }

  skippedAfterFailure(entry: BatchEntry, failed: BackgroundTask): void {
    const why = `${quoted([failed.name])} had failed before it was added`;
    this.#write(entry, (name) => this.#logger.warn(`Background task ${name} was skipped: ${why}.`));
  }

  skippedByOutcome(entry: SettledEntry): void {
    const why = `the response ended in ${entry.outcome}`;
    this.#write(entry, (name) => this.#logger.debug(`Background task ${name} was skipped: ${why}.`));
  }

  cancelled(entry: BatchEntry): void {
    this.#write(entry, (name) => this.#logger.debug(`Background task ${name} was skipped: it was cancelled.`));
  }

  skippedByShutdown(entry: BatchEntry): void {
    const why = 'the application has shut down, and waits no longer';
    this.#write(entry, (name) => this.#logger.error(`Background task ${name} was skipped: ${why}.`));
  }

  blocked(entry: BatchEntry, milliseconds: number): void {
    const line = `blocked the event loop for ${Math.round(milliseconds)} ms: no request was served meanwhile`;
    const advice = 'Split its work, or move it to a worker thread.';
    this.#write(entry, (name) => this.#logger.warn(`Background task ${name} ${line}. ${advice}`));
  }

  waitUntilFailed(error: unknown): void {
    this.#guard(() => this.#logger.error(`The option waitUntil failed: ${summary(error)}`, error), 'waitUntil');
  }

  lost(running: readonly string[], pending: readonly string[], timeout: number): void {
    const parts = [
      ...(running.length > 0 ? [`Still running: ${quoted(running)}.`] : []),
      ...(pending.length > 0 ? [`Never started: ${quoted(pending)}.`] : []),
    ];
    const what = `Background tasks were not done within the shutdownTimeout of ${timeout} ms, and are lost.`;
    this.#guard(() => this.#logger.error([what, ...parts].join(' ')));
  }

  #write({ task, context }: BatchEntry, write: (name: string) => void): void {
    this.#guard(() => context.runInAsyncScope(() => write(quoted([task.name]))), task.name);
  }

  #guard(write: () => void, about = 'shutdown'): void {
    try {
      write();
    } catch (error) {
      process.emitWarning(`The logger threw on a line about ${quoted([about])}: ${described(error)}`, {
        type: 'BackgroundTasksWarning',
      });
    }
  }
}

function summary(error: unknown): string {
  return isErrorLike(error) ? `${error.name}: ${error.message}` : described(error);
}
