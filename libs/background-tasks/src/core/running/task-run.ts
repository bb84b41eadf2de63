import type { SettledEntry } from '../batch/batch.js';
import { nameOf } from '../errors/wording.js';
import type { ResolvedOptions } from '../options/background-tasks.options.js';
import type { TaskReports } from '../reports/task-reports.js';
import { startTask } from '../tasks/background-task.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import type { SharedTaskOptions } from '../tasks/task-options.js';
import { Attempt, runAsCurrentTask } from './current-task.js';
import { intercepted } from './intercepted.js';
import { withRetries } from './retries.js';

/** What holds for every task of an application. */
export interface RunSettings {
  readonly options: ResolvedOptions;
  readonly interceptors: readonly TaskInterceptor[];
  readonly reports: TaskReports;
}

/** One task while it runs: its attempts, one after the other. */
export class TaskRun {
  readonly entry: SettledEntry;
  readonly #options: Required<SharedTaskOptions>;
  readonly #settings: RunSettings;
  #attempt?: Attempt;
  /** Made for tasks with retries only. */
  #retrying?: AbortController;

  /** `options` are those that hold for the task. */
  constructor(entry: SettledEntry, options: Required<SharedTaskOptions>, settings: RunSettings) {
    this.entry = entry;
    this.#options = options;
    this.#settings = settings;
  }

  /** Which attempt it is at, from 1. */
  get attempt(): number {
    return this.#attempt?.attempt ?? 1;
  }

  /** Throws, or rejects with, what the last attempt threw; returns nothing if the task ended at once. */
  run(): Promise<void> | undefined {
    const { retries } = this.#options;
    if (retries === 0) return this.runOnce();
    const { signal } = (this.#retrying = new AbortController());
    return this.entry.context.runInAsyncScope(() =>
      withRetries(retries, (number, error) => this.#retry(number, error), signal),
    );
  }

  /** Makes the first attempt and no other, however many retries the task has. */
  runOnce(): Promise<void> | undefined {
    return this.#try(1);
  }

  /** Tells the task to stop, and makes no further attempt. */
  abort(reason: Error): void {
    this.#attempt?.abort(reason);
    this.#retrying?.abort(reason);
  }

  #retry(number: number, lastError: unknown): Promise<void> | undefined {
    if (number > 1) this.#settings.reports.retrying(this.entry, number, lastError);
    return this.#try(number);
  }

  #try(number: number): Promise<void> | undefined {
    const { task, context, outcome, aborted, status } = this.entry;
    const attempt = new Attempt(nameOf(task), number, outcome, aborted, status);
    this.#attempt = attempt;
    const began = performance.now();
    try {
      return context.runInAsyncScope(
        runAsCurrentTask,
        undefined,
        attempt,
        () => this.#work(attempt),
        (work: Promise<void>) => this.#limit(attempt, work),
      );
    } finally {
      this.#warnIfSlow(performance.now() - began);
    }
  }

  #work(attempt: Attempt): Promise<void> | undefined {
    const { task } = this.entry;
    const { interceptors } = this.#settings;
    return interceptors.length === 0
      ? startTask(task, attempt)
      : intercepted(interceptors, attempt, () => startTask(task, attempt));
  }

  #limit(attempt: Attempt, work: Promise<void>): Promise<void> {
    const { timeout } = this.#options;
    return timeout === Infinity ? work : attempt.limit(timeout, work);
  }

  #warnIfSlow(blocked: number): void {
    const { options, reports } = this.#settings;
    if (options.slowSyncWarning > 0 && blocked > options.slowSyncWarning) reports.log.blocked(this.entry, blocked);
  }
}
