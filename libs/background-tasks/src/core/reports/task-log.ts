import type { BatchEntry, SettledEntry } from '../batch/batch.js';
import { isErrorLike, summaryOf } from '../errors/error-text.js';
import { lookAt } from '../errors/safely.js';
import { counted, nameOf, quoted } from '../errors/wording.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import { HarmlessLogger } from './harmless-logger.js';

/**
 * The log lines an operator reads.
 *
 * Each is written in the async context of the code that added the task, so a logger that prints a
 * request id prints the right one. No line throws, whatever the logger does, and whatever was thrown.
 */
export class TaskLog {
  readonly #logger = new HarmlessLogger();

  failed(entry: BatchEntry, attempts: number, error: unknown, skipped: readonly BackgroundTask[]): void {
    const after = attempts === 1 ? '' : ` after ${attempts} attempts`;
    const how = isErrorLike(error) ? ': ' : ' with ';
    const lost = skipped.length === 0 ? '' : ` Skipped after it: ${quoted(skipped.map(nameOf))}.`;
    this.#write(entry, (name) => this.#logger.failure(`Background task ${name} failed${after}${how}`, error, lost));
  }

  retrying(entry: BatchEntry, attempt: number, error: unknown): void {
    const line = `failed and is tried again, attempt ${attempt}: ${summaryOf(error)}`;
    this.#write(entry, (name) => this.#logger.warn(`Background task ${name} ${line}`));
  }

  skippedAfterFailure(entry: BatchEntry, failed: BackgroundTask): void {
    const why = `${quoted([nameOf(failed)])} had failed before its turn came`;
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
    this.#logger.failure('The option waitUntil failed: ', error);
  }

  /** In the context of the call that was refused, which is where it is written. */
  refused(name: string, why: string): void {
    this.#logger.warn(`Background task ${quoted([name])} was refused: ${why}`);
  }

  /** `names` are those of the tasks. */
  waits(names: readonly string[], handlers: number): void {
    const waited = [
      ...(names.length > 0 ? [`${counted(names.length, 'background task')} (${quoted(names, 5)})`] : []),
      ...(handlers > 0 ? [`${counted(handlers, 'handler')} at work`] : []),
    ];
    const what = waited.length > 0 ? waited.join(' and ') : 'durable tasks that are handed over to their store';
    this.#logger.log(`The application shuts down, and waits for ${what}.`);
  }

  /** For those that stood behind a task, or in a scope, that closed the application and waited for that. */
  lostBehindCaller(pending: readonly string[]): void {
    const why = 'what closed the application did not end before that was done, and they had to wait for it';
    this.#logger.error(`Background tasks are lost: ${why}. Never started: ${quoted(pending)}.`);
  }

  /** For durable tasks without an engine, which are called by these names. */
  notStored(names: readonly string[]): void {
    const why = 'no engine is imported, so they run in this process, and end with it';
    this.#logger.log(`Durable background tasks are not stored (${quoted(names, 5)}): ${why}.`);
  }

  /** For durable tasks that are lost, since no engine took them; written once for all of them. */
  notTaken(entry: BatchEntry, names: readonly string[], error: unknown): void {
    const what = `Durable background ${names.length === 1 ? 'task' : 'tasks'} ${quoted(names)} could not be stored, and will not run: `;
    lookAt(() => entry.context.runInAsyncScope(() => this.#logger.failure(what, error)), undefined);
  }

  /** For durable tasks whose response has ended otherwise, while the engine was out of reach. */
  notTakenBack(names: readonly string[]): void {
    const why = 'their response has ended otherwise, and the engine could not be reached to take them back';
    this.#logger.warn(`Durable background tasks may run (${quoted(names)}): ${why}.`);
  }

  lost(running: readonly string[], pending: readonly string[], timeout: number): void {
    const parts = [
      ...(running.length > 0 ? [`Still running: ${quoted(running)}.`] : []),
      ...(pending.length > 0 ? [`Never started: ${quoted(pending)}.`] : []),
    ];
    const what = `Background tasks were not done within the shutdownTimeout of ${timeout} ms, and are lost.`;
    this.#logger.error([what, ...parts].join(' '));
  }

  /** For steps of stored batches: another worker has them as soon as the store hears of it, or this one's claim is over. */
  leftToOthers(names: readonly string[], timeout: number): void {
    const what = `Durable background tasks were not done within the shutdownTimeout of ${timeout} ms`;
    this.#logger.warn(`${what}, and another worker begins them again: ${quoted(names)}.`);
  }

  /** What goes wrong in the library itself is no reason to stop anything. */
  wentWrong(thrown: unknown): void {
    this.#logger.failure('Something went wrong around background tasks, which go on: ', thrown);
  }

  #write({ task, context }: BatchEntry, write: (name: string) => void): void {
    lookAt(() => context.runInAsyncScope(write, undefined, quoted([nameOf(task)])), undefined);
  }
}
