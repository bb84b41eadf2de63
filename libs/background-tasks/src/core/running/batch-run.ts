import type { Batch, BatchEntry, SettledEntry } from '../batch/batch.js';
import type { RunOfBatch } from '../batch/run-of-batch.js';
import { setImmediate } from '../batch/clock.js';
import { type BackgroundTask, beginCall, endCall } from '../tasks/background-task.js';
import type { RunOn, SharedTaskOptions } from '../tasks/task-options.js';
import { holdCurrentTask, releaseCurrentTask } from './current-task.js';
import { type RunSettings, TaskRun } from './task-run.js';
import { Turn } from './turn.js';

/** Whoever has a batch run. */
interface Runner {
  /** There is no more to run: said in the very moment. */
  ended(batch: Batch): void;
}

/** One batch while it runs: its tasks in order, and what a failure means for the rest. */
export class BatchRun implements RunOfBatch {
  readonly batch: Batch;
  readonly #settings: RunSettings;
  readonly #runner: Runner;
  #current?: TaskRun;
  readonly #turn = new Turn();
  #told = 0;

  constructor(batch: Batch, settings: RunSettings, runner: Runner) {
    this.batch = batch;
    this.#settings = settings;
    this.#runner = runner;
  }

  /** The task that is running, if one is. */
  get current(): TaskRun | undefined {
    return this.#current;
  }

  static start(this: void, run: BatchRun): void {
    run.run();
  }

  /** Runs what may start. */
  run(): void {
    holdCurrentTask();
    this.#takeTurn();
  }

  #takeTurn(): void {
    this.#turn.begin();
    this.#goOn();
  }

  /** Without a promise as long as tasks end at once: most do, and a promise costs more than they do. */
  #goOn(): void {
    for (let entry = this.batch.take(); entry !== undefined; entry = this.batch.take()) {
      const running = this.#runWhatever(entry);
      if (running !== undefined) return this.#goOnAfter(running);
      if (this.batch.size > 0 && this.#turn.isOver) return this.#goOnLater();
    }
    releaseCurrentTask();
    this.#runner.ended(this.batch);
  }

  #goOnAfter(running: Promise<void>): void {
    const goOn = (): void => this.#goOnInTurn();
    running.then(goOn, (thrown: unknown) => {
      this.#settings.reports.log.wentWrong(thrown);
      goOn();
    });
  }

  #goOnInTurn(): void {
    this.#turn.read();
    if (this.#turn.isOver) this.#goOnLater();
    else this.#goOn();
  }

  #goOnLater(): void {
    setImmediate(() => this.#takeTurn());
  }

  /** The last line of defence: whatever goes wrong around a task, the batch goes on to its end. */
  #runWhatever(entry: SettledEntry): Promise<void> | undefined {
    try {
      return this.#runOrSkip(entry);
    } catch (thrown) {
      this.#settings.reports.log.wentWrong(thrown);
      return undefined;
    }
  }

  /** Returns nothing for a task that ended at once. What is told of a task is told apart from its attempts. */
  #runOrSkip(entry: SettledEntry): Promise<void> | undefined {
    const options = this.#optionsFor(entry);
    if (!isFor(options.runOn, entry)) return this.#skipByOutcome(entry);
    if (this.batch.stoppedBy !== undefined) return this.#skipAfter(this.batch.stoppedBy, entry);
    const { reports } = this.#settings;
    const run = new TaskRun(entry, options, this.#settings, this.#turn);
    // first: whoever is told that it has started cannot cancel it
    beginCall(entry.task, entry);
    reports.started(entry);
    this.#readAfterTelling();
    let running: Promise<void> | undefined;
    try {
      running = run.run();
    } catch (error) {
      return this.#failed(run, error);
    }
    if (running === undefined) return this.#succeeded(run);
    this.#current = run;
    return running.then(
      () => this.#end(() => this.#succeeded(run)),
      (error: unknown) => this.#end(() => this.#failed(run, error)),
    );
  }

  #end(tell: () => void): void {
    try {
      tell();
    } finally {
      this.#current = undefined;
    }
  }

  #succeeded({ entry, attempt }: TaskRun): undefined {
    endCall(entry.task, entry);
    this.#settings.reports.succeeded(entry, attempt);
    this.#readAfterTelling();
  }

  /** The time that it takes to tell somebody is none of the next task. */
  #readAfterTelling(): void {
    const { told } = this.#settings.reports;
    if (told === this.#told) return;
    this.#told = told;
    this.#turn.read();
  }

  #failed({ entry, attempt }: TaskRun, error: unknown): undefined {
    endCall(entry.task, entry);
    const { reports, options } = this.#settings;
    const stops = options.onFailure === 'stop';
    if (stops) this.batch.stoppedBy = entry.task;
    reports.failed(entry, attempt, error);
    reports.log.failed(entry, attempt, error, stops ? this.#skipRest() : []);
    this.#turn.read();
  }

  /** Empties the batch and returns those of its tasks that will not run because of the failure. */
  #skipRest(): BackgroundTask[] {
    const skipped = [];
    for (let entry = this.batch.take(); entry !== undefined; entry = this.batch.take()) {
      if (!isFor(this.#optionsFor(entry).runOn, entry)) {
        this.#skipByOutcome(entry);
        continue;
      }
      this.#settings.reports.skipped(entry, 'failure');
      skipped.push(entry.task);
    }
    return skipped;
  }

  #skipByOutcome(entry: SettledEntry): undefined {
    this.#settings.reports.skipped(entry, 'outcome');
    this.#settings.reports.log.skippedByOutcome(entry);
    this.#turn.read();
  }

  #skipAfter(failed: BackgroundTask, entry: BatchEntry): undefined {
    this.#settings.reports.skipped(entry, 'failure');
    this.#settings.reports.log.skippedAfterFailure(entry, failed);
    this.#turn.read();
  }

  #optionsFor({ task, group }: BatchEntry): Required<SharedTaskOptions> {
    const { defaults } = this.#settings.options;
    try {
      return group.optionsFor(task, defaults);
    } catch {
      // what only looks like a task has none, and fails when it is run
      return defaults;
    }
  }
}

function isFor(runOn: RunOn, { outcome }: SettledEntry): boolean {
  return runOn === 'always' || runOn === outcome;
}
