import { nextTick } from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { ConflictingOptionsError } from '../errors/background-tasks.errors.js';
import { BackgroundTasksEvents } from '../reports/background-tasks.events.js';
import { DEFAULT_OPTIONS, type ResolvedOptions } from '../options/background-tasks.options.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { BatchRun } from './batch-run.js';
import type { Batch, BatchEntry, HandlerAtWork } from '../batch/batch.js';
import type { Settlement } from '../batch/settling.js';
import { CurrentRequest } from '../calls/current-call.js';
import { OpenBatches } from '../calls/open-batches.js';
import { OwnCall } from '../calls/own-call.js';
import { type BackgroundTasksStats, TaskReports } from '../reports/task-reports.js';
import { Turnstile } from './turnstile.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';

/**
 * Runs batches once they have settled, each in order and independent of the others.
 *
 * Inject it, or get it from the application, to wait for the tasks in a test.
 */
@Injectable()
// a BatchRunner, but it cannot say so: what is internal is not in its declaration
export class BackgroundTasksRunner {
  readonly #reports: TaskReports;
  /** @internal */
  readonly currentRequest = new CurrentRequest();
  /** @internal */
  readonly open = new OpenBatches();
  readonly #running = new Map<Batch, BatchRun>();
  #options: ResolvedOptions = DEFAULT_OPTIONS;
  #interceptors: readonly TaskInterceptor[] = [];
  #turnstile = new Turnstile(DEFAULT_OPTIONS.concurrency);
  #isConfigured = false;
  #hasGivenUp = false;

  constructor(@Inject(BackgroundTasksEvents) events: BackgroundTasksEvents) {
    this.#reports = new TaskReports(events);
  }

  /**
   * Resolves when every batch known so far has finished.
   *
   * A batch is known once a task is in it, also while its response is still in flight. It never
   * rejects: a failed task has been logged.
   *
   * @example
   * await request(app.getHttpServer()).post('/signup').send(dto);
   * await app.get(BackgroundTasksRunner).idle();
   */
  async idle(): Promise<void> {
    await this.open.whenFinished();
  }

  /** How many batches and tasks there are now, and what became of the others. */
  stats(): BackgroundTasksStats {
    return { batches: this.open.unfinished.size, ...this.#reports.counts };
  }

  /**
   * Calls `fn` with tasks of its own, which run when it has ended; settles as `fn` does, without waiting for them.
   *
   * For work without a request: a cron job, a queue consumer, a command. The outcome is success if `fn`
   * returns or resolves, failure if it throws or rejects. With `scope: Scope.DEFAULT`, the injected
   * `BackgroundTasks` are these within `fn`.
   *
   * @example
   * @Cron('0 3 * * *')
   * nightly() {
   *   return this.runner.scope(async (tasks) => {
   *     const report = await this.reports.close();
   *     tasks.addTask(this.mailer, 'send', report);
   *   });
   * }
   */
  async scope<T>(fn: (tasks: BackgroundTasks) => T | PromiseLike<T>): Promise<T> {
    const call = new OwnCall(this);
    return call.follow(() => this.currentRequest.enter(call, () => fn(BackgroundTasks.on(call.batch))));
  }

  /** @internal */
  get options(): ResolvedOptions {
    return this.#options;
  }

  /** @internal */
  get reports(): TaskReports {
    return this.#reports;
  }

  /**
   * Sets the options, once; the same ones again change nothing.
   *
   * @throws Error for other options than before.
   * @internal
   */
  configure(options: ResolvedOptions): void {
    if (this.#isConfigured && !isDeepStrictEqual(this.#options, options)) throw new ConflictingOptionsError();
    this.#options = options;
    this.#turnstile = new Turnstile(options.concurrency);
    this.#isConfigured = true;
  }

  /** @internal */
  wrapWith(interceptors: readonly TaskInterceptor[]): void {
    this.#interceptors = interceptors;
  }

  /** @internal */
  accept(entry: BatchEntry): void {
    this.#reports.added(entry, this.#options.maxPending);
    this.open.unfinished.add(entry.batch);
  }

  /** @internal */
  settled(batch: Batch, settlement: Settlement): void {
    if (batch.size > 0) this.#reports.settled(batch, settlement);
  }

  /** @internal */
  handlerStarted(call: HandlerAtWork): void {
    this.open.atWork.add(call);
  }

  /** @internal */
  handlerEnded(call: HandlerAtWork): void {
    this.open.atWork.delete(call);
  }

  /** @internal */
  run(batch: Batch): void {
    // not before its adder has had the time to name it
    if (this.#hasGivenUp) return queueMicrotask(() => this.#refuse(batch));
    if (batch.size === 0 || this.#running.has(batch)) return;
    const settings = { options: this.#options, interceptors: this.#interceptors, reports: this.#reports };
    const run = new BatchRun(batch, settings);
    this.#running.set(batch, run);
    // not inside the listener, the subscriber or the adder that called, and not one turn of the event loop later
    this.#turnstile.enter(() => nextTick(() => run.run(() => this.#ended(batch))));
  }

  /**
   * The names of the tasks that are running.
   *
   * @internal
   */
  get running(): string[] {
    const names = Array.from(this.#running.values(), ({ current }) => current?.entry.task.name);
    return names.filter((name) => name !== undefined);
  }

  /**
   * Runs no further task, tells those that are running to stop, and returns the names of the others.
   *
   * @internal
   */
  giveUp(reason: Error): string[] {
    this.#hasGivenUp = true;
    const pending: string[] = [];
    for (const batch of this.open.unfinished) this.#giveUpOn(batch, ({ task }) => pending.push(task.name));
    for (const { current } of this.#running.values()) current?.abort(reason);
    return pending;
  }

  #refuse(batch: Batch): void {
    this.#giveUpOn(batch, (entry) => this.#reports.log.skippedByShutdown(entry));
  }

  #giveUpOn(batch: Batch, tell: (entry: BatchEntry) => void): void {
    for (let entry = batch.giveUp(); entry !== undefined; entry = batch.giveUp()) {
      this.#reports.skipped(entry, 'shutdown');
      tell(entry);
    }
    if (this.#running.get(batch)?.current === undefined) this.#finish(batch);
  }

  #ended(batch: Batch): void {
    this.#running.delete(batch);
    this.#turnstile.leave();
    if (batch.size === 0) this.#finish(batch);
  }

  #finish(batch: Batch): void {
    if (!this.open.unfinished.has(batch)) return;
    this.open.unfinished.delete(batch);
    this.#reports.finished(batch);
  }
}
