import { Inject, Injectable } from '@nestjs/common';
import type { BatchEntry, BatchRunner, SettledEntry } from '../core/batch/batch.js';
import { BackgroundTasksRunner } from '../core/running/background-tasks.runner.js';
import { Scheduler } from '../core/running/scheduler.js';
import { TaskRun } from '../core/running/task-run.js';
import { Turn } from '../core/running/turn.js';
import { argsOf, beginCall, endCall } from '../core/tasks/background-task.js';
import { Queue } from '../core/tasks/queue.js';
import type { RunOn, SharedTaskOptions } from '../core/tasks/task-options.js';

/** A task that was added and has not run. */
export interface CapturedTask {
  /** The task's name, as it stands in log lines. */
  readonly name: string;
  /** What its function is called with, held by reference. */
  readonly args: readonly unknown[];
  /** Which end of the response it is for, defaults included. */
  readonly runOn: RunOn;
}

/**
 * Lists the tasks that are added, and runs none of itself: the runner for tests.
 *
 * A captured task neither waits nor runs: `idle()` resolves at once, `app.close()` does not wait,
 * `stats()` and `maxPending` do not count it, and no event tells of it.
 *
 * @example
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideProvider(BackgroundTasksRunner)
 *   .useClass(CapturingRunner)
 *   .compile();
 * const runner: CapturingRunner = module.get(BackgroundTasksRunner);
 */
@Injectable()
export class CapturingRunner extends BackgroundTasksRunner {
  readonly #scheduler: Scheduler;
  readonly #entries = new Queue<BatchEntry>();

  constructor(@Inject(Scheduler) scheduler: Scheduler) {
    super(scheduler);
    this.#scheduler = scheduler;
    scheduler.application.runWith(captureIn(this.#entries));
  }

  /** The tasks that have been added and neither run nor cancelled, in the order they were added, of all requests. */
  get captured(): CapturedTask[] {
    return Array.from(this.#entries, (entry) => ({
      name: entry.task.name,
      args: argsOf(entry.task),
      runOn: this.#optionsFor(entry).runOn,
    }));
  }

  /**
   * Runs the captured tasks now, in order, those that they add included; rejects with the first error.
   *
   * All of them run, whatever their `runOn` and however the response ended, and each is tried once,
   * whatever its retries. Async context, `currentTask()`, timeouts and interceptors are as ever; while
   * the response is not over, its outcome is the one that the task is for. With `onFailure: 'stop'`,
   * the tasks after a failed one stay captured.
   */
  async runAll(): Promise<void> {
    const { options, settings } = this.#scheduler;
    const errors: unknown[] = [];
    for (let entry = this.#take(); entry !== undefined; entry = this.#take()) {
      beginCall(entry.task, entry);
      try {
        await new TaskRun(entry, this.#optionsFor(entry), settings, new Turn().begin()).runOnce();
      } catch (error) {
        if (options.onFailure === 'stop') throw error;
        errors.push(error);
      } finally {
        endCall(entry.task, entry);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Forgets the captured tasks: they will never run. */
  clear(): void {
    while (this.#take() !== undefined);
  }

  /** The next captured task, out of this list and out of its batch, where it is the next one, too. */
  #take(): SettledEntry | undefined {
    const entry = this.#entries.take();
    if (entry === undefined) return undefined;
    const settled = entry.batch.take();
    if (settled !== undefined) return settled;
    entry.batch.takeUnsettled();
    const outcome = this.#optionsFor(entry).runOn === 'failure' ? 'failure' : 'success';
    return { ...entry, outcome, status: undefined, aborted: false };
  }

  #optionsFor({ task, group }: BatchEntry): Required<SharedTaskOptions> {
    return group.optionsFor(task, this.#scheduler.options.defaults);
  }
}

/** What takes the tasks of every batch into `entries`, and runs none. */
function captureIn(entries: Queue<BatchEntry>): BatchRunner {
  return {
    admit: () => undefined,
    added: (entry) => entries.add(entry),
    cancelled: (entry) => entries.remove(entry),
    tellSettled: () => undefined,
    tellAdded: () => undefined,
    run: () => undefined,
  };
}
