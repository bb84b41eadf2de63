import type { SettledEntry } from '../batch/batch.js';
import { quoted } from '../errors/wording.js';
import type { ResolvedOptions } from '../options/background-tasks.options.js';
import type { TaskReports } from '../reports/task-reports.js';
import { startTask } from '../tasks/background-task.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import type { SharedTaskOptions } from '../tasks/task-options.js';
import { Attempt } from './attempt.js';
import { runAsCurrentTask } from './current-task.js';
import { enabledOf, Intercepted } from './intercepted.js';
import { withRetries } from './retries.js';
import { withinTime } from './time-limit.js';
import type { Turn } from './turn.js';

/** What holds for every task of an application. */
export interface RunSettings {
  readonly options: ResolvedOptions;
  readonly interceptors: readonly TaskInterceptor[];
  readonly reports: TaskReports;
}

let workOf: (run: TaskRun) => Promise<void> | undefined;
let limited: (run: TaskRun, work: Promise<void>) => Promise<void>;

/** One task while it runs: its attempts, one after the other. */
export class TaskRun {
  readonly entry: SettledEntry;
  readonly #options: Required<SharedTaskOptions>;
  readonly #settings: RunSettings;
  readonly #turn: Turn;
  #attempt?: Attempt;
  /** When the attempt began. */
  #began = 0;
  /** What is around the attempt, where interceptors are. */
  #intercepted?: Intercepted | undefined;
  /** Made for tasks with retries only. */
  #retrying?: AbortController;
  /** When the last attempt has failed, if anybody listened then. */
  #failedAt?: number | undefined;

  static {
    // not functions of each attempt
    workOf = (run) => run.#attempt && run.#work(run.#attempt);
    limited = (run, work) => (run.#attempt === undefined ? work : run.#limit(run.#attempt, work));
  }

  /** `options` are those that hold for the task. It begins when `turn` has read the clock last. */
  constructor(entry: SettledEntry, options: Required<SharedTaskOptions>, settings: RunSettings, turn: Turn) {
    this.entry = entry;
    this.#options = options;
    this.#settings = settings;
    this.#turn = turn;
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
      withRetries(retries, (number, error) => this.#retry(number, error), signal, this),
    );
  }

  /** Makes one attempt and no other, however many retries the task has: the first one, unless another is meant. */
  runOnce(number = 1): Promise<void> | undefined {
    return this.#try(number, this.#turn.now);
  }

  /** Tells the task to stop, and makes no further attempt. */
  stop(reason: Error): void {
    this.#attempt?.stop(reason);
    this.#retrying?.abort(reason);
  }

  /** Ends the attempt for its interceptors, if it was told to stop, whatever its task goes on to do. */
  endStopped(): void {
    const reason = this.#attempt?.stopReason;
    if (reason !== undefined) this.#intercepted?.end(reason);
  }

  /** An attempt has failed, of a task that has retries. */
  hasFailed(error: unknown): void {
    this.#failedAt = this.#settings.reports.attemptFailed(this.entry, this.attempt, error);
  }

  #retry(number: number, lastError: unknown): Promise<void> | undefined {
    if (number > 1) this.#settings.reports.retrying(this.entry, number, lastError, this.#failedAt);
    return this.#try(number, this.#turn.read());
  }

  #try(number: number, now: number): Promise<void> | undefined {
    const attempt = new Attempt(this.entry, number);
    this.#attempt = attempt;
    this.#began = now;
    return this.entry.context.runInAsyncScope(runAsCurrentTask<TaskRun>, undefined, attempt, workOf, limited, this);
  }

  #work(attempt: Attempt): Promise<void> | undefined {
    const all = this.#settings.interceptors;
    const interceptors = all.length === 0 ? undefined : enabledOf(all);
    // what interceptors do before they call the task, and how long they wait, is not the task's
    this.#intercepted =
      interceptors && new Intercepted(interceptors, attempt, () => this.#start(attempt, this.#turn.read()));
    return this.#intercepted === undefined ? this.#start(attempt, this.#began) : this.#intercepted.run();
  }

  /** Makes the call of the task, whose synchronous part begins now. */
  #start(attempt: Attempt, now: number): Promise<void> | undefined {
    try {
      return startTask(this.entry.task, attempt, this.entry);
    } finally {
      this.#warnIfSlow(this.#turn.read() - now);
    }
  }

  /** What was done before there was a promise is time of the attempt, too. */
  #limit(attempt: Attempt, work: Promise<void>): Promise<void> {
    const { timeout } = this.#options;
    if (timeout === Infinity) return work;
    const timeLeft = this.#began + timeout - this.#turn.read();
    const timeOut = (): Error => this.#timeOut(attempt, timeout);
    return withinTime(work, timeLeft, timeOut, (cancel) => attempt.onceGivenUp(cancel));
  }

  #timeOut(attempt: Attempt, timeout: number): Error {
    const error = new DOMException(
      `${quoted([attempt.name])} took longer than its timeout of ${timeout} ms.`,
      'TimeoutError',
    );
    attempt.stop(error);
    this.endStopped();
    return error;
  }

  #warnIfSlow(blocked: number): void {
    const { options, reports } = this.#settings;
    if (options.slowSyncWarning === 0 || blocked <= options.slowSyncWarning) return;
    reports.log.blocked(this.entry, blocked);
    this.#turn.read();
  }
}
