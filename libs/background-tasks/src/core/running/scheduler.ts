import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import type { Batch, BatchEntry, BatchRunner, TaskStore } from '../batch/batch.js';
import { nextTick, soon } from '../batch/clock.js';
import type { Settlement } from '../batch/outcome.js';
import { Application } from '../calls/application.js';
import { ConflictingOptionsError } from '../errors/background-tasks.errors.js';
import { nameOf } from '../errors/wording.js';
import { DEFAULT_OPTIONS, type ResolvedOptions } from '../options/background-tasks.options.js';
import { BackgroundTasksEvents } from '../reports/background-tasks.events.js';
import { TaskReports } from '../reports/task-reports.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import type { DurableMethod } from '../tasks/planned-call.js';
import { BatchRun } from './batch-run.js';
import type { DurableNames } from './durable-names.js';
import { PlatformWait } from './platform-wait.js';
import { Refusals } from './refusals.js';
import type { RunSettings } from './task-run.js';
import { Turnstile } from './turnstile.js';
import { type MakeInterceptors, Wrapping } from './wrapping.js';

/** Runs the batches of one application once they have settled, each in order and independent of the others. */
@Injectable()
export class Scheduler implements BatchRunner {
  readonly application: Application;
  /** What takes durable tasks; there is none without an engine. */
  store?: TaskStore;
  readonly reports: TaskReports;
  readonly #refusals: Refusals;
  readonly #wrapping = new Wrapping();
  /** What holds for every task: one object, so that it holds for batches that wait while the application starts, too. */
  readonly settings: { -readonly [K in keyof RunSettings]: RunSettings[K] };
  /** There is none where any number of batches may run. */
  #turnstile?: Turnstile;
  /** There is none without the option `waitUntil`. */
  #platformWait?: PlatformWait;
  /** Told each time that a wait of the drain begins. */
  onDraining?: () => void;
  /** Which methods workers can call. */
  durableNames?: DurableNames;
  #isConfigured = false;
  #hasStopped = false;

  constructor(
    @Inject(Application) application: Application,
    @Inject(BackgroundTasksEvents) events: BackgroundTasksEvents,
  ) {
    this.application = application;
    this.reports = new TaskReports(events);
    this.settings = { options: DEFAULT_OPTIONS, interceptors: [], reports: this.reports };
    this.#refusals = new Refusals(this.reports, application.openBatches);
    application.runWith(this);
  }

  get options(): ResolvedOptions {
    return this.settings.options;
  }

  /** @throws ConflictingOptionsError where other options were set before; the same ones again change nothing. */
  configure(options: ResolvedOptions): void {
    if (this.#isConfigured && !isDeepStrictEqual(this.options, options)) throw new ConflictingOptionsError();
    this.settings.options = options;
    this.#turnstile = options.concurrency === Infinity ? undefined : new Turnstile(options.concurrency);
    this.#platformWait = options.waitUntil && new PlatformWait(options.waitUntil, this.reports.log);
    this.#isConfigured = true;
  }

  /** @throws TypeError where no provider has the durable method, so that no worker could call it. */
  checkDurable(task: BackgroundTask, method: DurableMethod): void {
    this.durableNames?.check(task.name, method);
  }

  /** Wraps each attempt of each task in what `make` makes, the outermost first: no batch starts before. */
  wrapIn(make: MakeInterceptors): void {
    this.#wrapping.await(make);
  }

  /** Nest has made everything that they may depend on. Rejects if they cannot be made. */
  makeInterceptors(): Promise<void> {
    return this.#wrapping.make((interceptors) => (this.settings.interceptors = interceptors));
  }

  /** @throws TooManyBackgroundTasksError where there would be more than `maxPending` tasks. */
  admit(count: number, task: BackgroundTask, batch: Batch): void {
    const { maxPending } = this.options;
    if (this.reports.unfinished + count > maxPending) this.#refusals.refuse(count, task, batch, maxPending);
  }

  added(entry: BatchEntry): void {
    this.reopen(entry.batch);
    this.reports.added(entry);
  }

  /** Has whoever waits for batches wait for `batch`, whose tasks were added before. */
  reopen(batch: Batch): void {
    this.application.openBatches.unfinished.add(batch);
    this.#platformWait?.waitFor(batch);
  }

  cancelled(entry: BatchEntry): void {
    this.reports.skipped(entry, 'cancelled');
    this.reports.log.cancelled(entry);
    // one that is being run, or waits for its turn, finishes when that is over
    if (entry.batch.size === 0 && entry.batch.run === undefined) this.finish(entry.batch);
  }

  tellSettled(batch: Batch, settlement: Settlement): void {
    this.reports.settled(batch, settlement);
  }

  tellAdded(batch: Batch): void {
    this.reports.tellAdded(batch);
  }

  run(batch: Batch): void {
    // in a microtask: `addTask(…).with({ name })` names the task after it was added
    if (this.#hasStopped) return soon(() => this.#skipLate(batch));
    if (batch.run !== undefined) return;
    const run = new BatchRun(batch, this.settings, this);
    batch.run = run;
    if (this.#turnstile === undefined) this.#start(run);
    else this.#turnstile.enter(() => this.#start(run));
  }

  /** Whether nothing starts any more. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  get isDraining(): boolean {
    return this.reports.draining;
  }

  get isObserved(): boolean {
    return this.reports.isHeard;
  }

  /** From now on, no batch waits for somebody to end the response of a client that has left. */
  beginDraining(): void {
    this.reports.draining = true;
    this.onDraining?.();
    for (const { settling } of this.application.openBatches.unfinished) settling.settleNow();
  }

  /** Starts no further task, tells those that are running to stop, unless spared, and returns the names of the others. */
  stop(reason: Error, isSpared: (batch: Batch) => boolean = () => false): string[] {
    this.#hasStopped = true;
    const pending: string[] = [];
    for (const batch of this.application.openBatches.withTasks) {
      // nobody knows whether they arrive: whoever takes them there says more
      for (const task of batch.run?.leaving ?? []) pending.push(nameOf(task));
      this.#skipAll(batch, ({ task }) => pending.push(nameOf(task)));
    }
    for (const batch of this.application.openBatches.withTasks) if (!isSpared(batch)) batch.run?.current?.stop(reason);
    return pending;
  }

  /** Ends the attempts that were told to stop and go on, for their interceptors: nobody waits for them any longer. */
  endStopped(): void {
    for (const { run } of this.application.openBatches.withTasks) run?.current?.endStopped();
  }

  /** Not inside the listener, the subscriber or the adder that called, and not one turn of the event loop later. */
  #start(run: BatchRun): void {
    if (this.#wrapping.isAwaited) return this.#wrapping.hold(() => this.#start(run));
    nextTick(BatchRun.start, run);
  }

  #skipLate(batch: Batch): void {
    this.#skipAll(batch, (entry) => this.reports.log.skippedByShutdown(entry));
  }

  #skipAll(batch: Batch, tell: (entry: BatchEntry) => void): void {
    for (let entry = batch.takeUnsettled(); entry !== undefined; entry = batch.takeUnsettled()) {
      this.reports.skipped(entry, 'shutdown');
      tell(entry);
    }
    if (batch.run?.current === undefined) this.finish(batch);
  }

  /** Nothing of `batch` is left to run now. */
  ended(batch: Batch): void {
    batch.run = undefined;
    this.#turnstile?.leave();
    if (batch.size === 0) this.finish(batch);
  }

  /** Nothing of `batch` is left in this process; what was handed over is not finished by that. */
  finish(batch: Batch, isHandedOver = false): void {
    const { unfinished, claimed } = this.application.openBatches;
    if (!unfinished.delete(batch) && !claimed.delete(batch)) return;
    // first: whoever is told may add a task, and wait for the next end
    batch.finish();
    if (!isHandedOver) this.reports.finished(batch);
    // last: whoever waits for all finds everybody told
    unfinished.endWaits();
  }
}
