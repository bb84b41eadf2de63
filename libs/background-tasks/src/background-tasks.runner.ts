import { setImmediate } from 'node:timers';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { BackgroundTask } from './background-task.js';
import type { Batch, SettledEntry } from './batch.js';
import { DEFAULT_OPTIONS, type ResolvedOptions } from './background-tasks.options.js';
import { ConflictingOptionsError } from './background-tasks.errors.js';
import { runAsCurrentTask } from './current-task.js';
import { TaskLog } from './task-log.js';

/** Milliseconds of tasks in a row before other work of the process gets a turn. */
const TURN = 10;

/**
 * Runs batches once they have settled, each in order and independent of the others.
 *
 * Inject it, or get it from the application, to wait for the tasks in a test.
 */
@Injectable()
// a BatchRunner, but it cannot say so: what is internal is not in its declaration
export class BackgroundTasksRunner {
  readonly #log = new TaskLog();
  readonly #unfinished = new Set<Batch>();
  readonly #running = new Set<Batch>();
  readonly #waiting = new Map<Batch, Array<() => void>>();
  #options: ResolvedOptions = DEFAULT_OPTIONS;
  #isConfigured = false;

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
    await Promise.all(Array.from(this.#unfinished, (batch) => this.#whenFinished(batch)));
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
    this.#isConfigured = true;
  }

  /** @internal */
  accept(batch: Batch): void {
    this.#unfinished.add(batch);
  }

  /** @internal */
  run(batch: Batch): void {
    if (batch.size === 0 || this.#running.has(batch)) return;
    this.#running.add(batch);
    // not inside the listener or the subscriber that called: a task must not throw into Node or Nest
    setImmediate(() => void this.#runAll(batch));
  }

  async #runAll(batch: Batch): Promise<void> {
    let turnEnds = performance.now() + TURN;
    for (let entry = batch.take(); entry !== undefined; entry = batch.take()) {
      const running = this.#runOrSkip(entry, batch);
      if (running !== undefined) await running;
      if (performance.now() < turnEnds) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      turnEnds = performance.now() + TURN;
    }
    this.#running.delete(batch);
    if (batch.size === 0) this.#finish(batch);
  }

  /** Returns nothing for a task that ended at once: most do, and a promise costs more than they do. */
  #runOrSkip(entry: SettledEntry, batch: Batch): Promise<void> | undefined {
    if (!this.#isFor(entry)) return this.#log.skippedByOutcome(entry);
    if (batch.stoppedBy !== undefined) return this.#log.skippedAfterFailure(entry, batch.stoppedBy);
    const { task, context, outcome, aborted } = entry;
    const taskContext = { name: task.name, attempt: 1, outcome, aborted };
    try {
      const running = context.runInAsyncScope(() => runAsCurrentTask(taskContext, () => task.start()));
      return running?.catch((error: unknown) => this.#failed(entry, error, batch));
    } catch (error) {
      return this.#failed(entry, error, batch);
    }
  }

  #failed(entry: SettledEntry, error: unknown, batch: Batch): undefined {
    this.#log.failed(entry, error, this.#options.onFailure === 'stop' ? this.#stop(batch, entry.task) : []);
  }

  /** Empties the batch and returns those of its tasks that will not run because of the failure. */
  #stop(batch: Batch, failed: BackgroundTask): BackgroundTask[] {
    batch.stoppedBy = failed;
    const skipped = [];
    for (let entry = batch.take(); entry !== undefined; entry = batch.take()) {
      if (this.#isFor(entry)) skipped.push(entry.task);
      else this.#log.skippedByOutcome(entry);
    }
    return skipped;
  }

  #isFor({ task, through, outcome }: SettledEntry): boolean {
    const runOn = through.runOnOf(task) ?? this.#options.defaults.runOn;
    return runOn === 'always' || runOn === outcome;
  }

  #whenFinished(batch: Batch): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(batch, [...(this.#waiting.get(batch) ?? []), resolve]));
  }

  #finish(batch: Batch): void {
    this.#unfinished.delete(batch);
    this.#waiting.get(batch)?.forEach((resolve) => resolve());
    this.#waiting.delete(batch);
  }
}
