import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from '../tasks/background-task.js';
import { Queue } from '../tasks/queue.js';
import type { TaskGroup, TaskList } from '../tasks/task-group.js';
import type { Call } from './outcome.js';
import { type Settlement, Settling } from './settling.js';

/** A task in its batch, with what its adder had around it. */
export interface BatchEntry {
  readonly batch: Batch;
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly task: BackgroundTask;
  /** The tasks it was added with, for the options set on all of them. */
  readonly group: TaskGroup;
  /** The async context of the code that added it. */
  readonly context: AsyncResource;
  /** The call of the handler that was at work when it was added, if one was, and can be told from others. */
  readonly call: Call | undefined;
}

/** A task that may start. */
export interface SettledEntry extends BatchEntry, Settlement {}

/** What runs batches; the batch says when there is something to run. */
export interface BatchRunner {
  /** Whether the application shuts down, so that no batch waits for somebody to end a response without a client. */
  readonly isDraining?: boolean;
  /** A task is about to be added; throws if it cannot be. */
  accept(entry: BatchEntry): void;
  /** `batch`, which has tasks, has settled, with another settlement than before. */
  tellSettled(batch: Batch, settlement: Settlement): void;
  /** `batch` has settled, and has tasks to run. */
  run(batch: Batch): void;
}

let lastId = 0;

/**
 * The tasks of one response.
 *
 * Nothing is watched until the first task is added.
 */
export class Batch implements TaskList {
  /** When it settles, and how; to be told of its response and of its handlers. */
  readonly settling: Settling;
  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;

  readonly #entries = new Queue<BatchEntry>();
  readonly #runner: BatchRunner;
  #id?: string;
  #added = 0;
  #taken = 0;
  #onceFinished?: ReadonlyArray<() => void>;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
    this.settling = new Settling((settlement, isNew) => {
      if (this.size === 0) return;
      if (isNew) runner.tellSettled(this, settlement);
      runner.run(this);
    }, runner);
  }

  /** Unique in this process. */
  get id(): string {
    this.#id ??= `${++lastId}`;
    return this.#id;
  }

  get size(): number {
    return this.#added - this.#taken;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  /** Adds `task`; `call` is that of the handler that does so, if it can be told from others that share the batch. */
  add(task: BackgroundTask, group: TaskGroup, call: Call | undefined = this.settling.callAtWork): void {
    const context = new AsyncResource('BackgroundTask');
    const entry = { batch: this, index: this.#added, task, group, context, call };
    this.#runner.accept(entry);
    this.#entries.add(entry);
    this.#added++;
    this.settling.watchResponse();
    if (this.settling.settlement !== undefined) this.#runner.run(this);
  }

  /** The next task to start, or `undefined` while there is none that may. */
  take(): SettledEntry | undefined {
    const settlement = this.size === 0 ? undefined : this.settling.settlement;
    if (settlement === undefined) return undefined;
    const entry = this.takeUnsettled();
    if (entry === undefined) return undefined;
    const { batch, index, task, group, context, call } = entry;
    const { status, aborted } = settlement;
    const outcome = (call && this.settling.outcomeFor(call)) ?? settlement.outcome;
    return { batch, index, task, group, context, call, outcome, status, aborted };
  }

  /** The next task that will never start, settled or not. */
  takeUnsettled(): BatchEntry | undefined {
    if (this.size > 0) this.#taken++;
    return this.#entries.take();
  }

  /** Calls `callback` when it finishes; a batch that gets a task later finishes again. */
  onceFinished(callback: () => void): void {
    this.#onceFinished = [...(this.#onceFinished ?? []), callback];
  }

  /** Nothing is left to run. */
  finish(): void {
    const callbacks = this.#onceFinished;
    this.#onceFinished = undefined;
    callbacks?.forEach((callback) => callback());
  }
}
