import type { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import {
  type BackgroundTask,
  cancelAgain,
  isNewTo,
  holdCall,
  isCancelled,
  takeCall,
} from '../tasks/background-task.js';
import { Queue } from '../tasks/queue.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { AddedTask, TaskList } from '../tasks/task-list.js';
import { Entry, type EntryOf, type SettledEntryOf } from './batch-entry.js';
import { clock } from './clock.js';
import type { Call } from './outcome.js';
import { Member } from './roster.js';
import type { RunOfBatch } from './run-of-batch.js';
import { type Settlement, Settling } from './settling.js';

/** A task in its batch. */
export interface BatchEntry extends EntryOf<Batch> {}

/** A task that may start. */
export interface SettledEntry extends SettledEntryOf<Batch> {}

/** What runs batches; the batch says when there is something to run. */
export interface BatchRunner {
  /** Whether the application shuts down, so that no batch waits for somebody to end a response without a client. */
  readonly isDraining?: boolean;
  /** So many tasks are about to be added to `batch`, `task` first. Throws if they cannot be, and changes nothing. */
  admit(count: number, task: BackgroundTask, batch: Batch): void;
  /** A task is in its batch. */
  added(entry: BatchEntry): void;
  /** A task is in its batch no more: it was cancelled. */
  cancelled(entry: BatchEntry): void;
  /** `batch`, which has tasks, has settled, with another settlement than before. */
  tellSettled(batch: Batch, settlement: Settlement): void;
  /** A task is about to leave `batch`: whoever is told of it later cannot cancel it. */
  tellAdded(batch: Batch): void;
  /** `batch` has settled, and has tasks to run. */
  run(batch: Batch): void;
}

/**
 * The tasks of one response.
 *
 * Nothing is watched until the first task is added.
 */
export class Batch extends Member implements TaskList {
  /** When it settles, and how; to be told of its response and of its handlers. */
  readonly settling: Settling;
  /** Node's own request whose response it waits for, if there is one. */
  readonly request: object | undefined;
  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;
  /** The async context of the code that added its first task, if it has had one. */
  context?: AsyncResource;
  /** What runs it, while that is at it. */
  run: RunOfBatch | undefined;

  readonly #entries = new Queue<Entry<Batch>>();
  readonly #runner: BatchRunner;
  #id?: string;
  /** What the wall clock was ahead of the monotonic one when anybody first asked for the time. */
  #epoch?: number;
  #lastIndex = -1;
  /** How it has settled, until there is a task for which that is told. */
  #untold?: Settlement | undefined;
  #onceFinished?: ReadonlyArray<() => void>;

  constructor(runner: BatchRunner, request?: object) {
    super();
    this.#runner = runner;
    this.request = request;
    this.settling = new Settling(this, runner);
  }

  /** A UUID, made when somebody asks. */
  get id(): string {
    return (this.#id ??= randomUUID());
  }

  /**
   * The wall clock when it got its first task, or was told of before, and the monotonic clock since: milliseconds, which
   * never go back.
   */
  now(): number {
    const now = clock.now();
    this.#epoch ??= clock.wallTime() - now;
    return this.#epoch + now;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The tasks that have not started, each with what it was added with. */
  get added(): Iterable<AddedTask<TaskGroup>> {
    return this.#entries;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  /** Adds `task`, by `adder`, and returns true, unless it has its place here already; if that throws, it changes nothing. */
  add(task: BackgroundTask, group: TaskGroup, adder?: Call): boolean {
    if (!isNewTo(task, this)) return false;
    if (!isCancelled(task)) this.#runner.admit(1, task, this);
    this.settling.watchResponse();
    this.#takeIn(task, group, this.settling.callAtWork(adder), this.now());
    cancelAgain(task);
    this.#runIfSettled();
    return true;
  }

  /** Adds each of `tasks` as `add` does: all of them, or none. */
  addAll(tasks: ReadonlyArray<AddedTask<TaskGroup>>, adder?: Call): void {
    const added = tasks.filter(({ task }) => isNewTo(task, this));
    if (added.length === 0) return;
    const [first, ...others] = added.filter(({ task }) => !isCancelled(task));
    if (first !== undefined) this.#runner.admit(1 + others.length, first.task, this);
    this.settling.watchResponse();
    const [call, addedAt] = [this.settling.callAtWork(adder), this.now()];
    for (const { task, group } of added) this.#takeIn(task, group, call, addedAt);
    for (const { task } of added) cancelAgain(task);
    this.#runIfSettled();
  }

  /** Gives up `entry`, which has not started. */
  cancel(entry: Entry<Batch>): void {
    this.#entries.remove(entry);
    this.#runner.cancelled(entry);
  }

  /** The next task to start, or `undefined` while there is none that may. */
  take(): SettledEntry | undefined {
    const { settlement } = this.settling;
    if (settlement === undefined || this.size === 0) return undefined;
    this.#tellSettled();
    this.#runner.tellAdded(this);
    // not before: whoever is told may cancel it
    const entry = this.takeUnsettled();
    const outcome = entry?.call && this.settling.outcomeFor(entry.call);
    return entry?.settle(settlement, outcome ?? settlement.outcome);
  }

  /** The next task that will never start, settled or not. */
  takeUnsettled(): Entry<Batch> | undefined {
    const entry = this.#entries.take();
    if (entry !== undefined) takeCall(entry.task, entry);
    return entry;
  }

  /** Calls `callback` when it finishes; a batch that gets a task later finishes again. */
  onceFinished(callback: () => void): void {
    this.#onceFinished = [...(this.#onceFinished ?? []), callback];
  }

  /** It has settled, perhaps not for the first time. */
  onSettlement(settlement: Settlement, isNew: boolean): void {
    if (isNew) this.#untold = settlement;
    if (this.size === 0) return;
    this.#tellSettled();
    this.#runner.run(this);
  }

  /** Nothing is left to run. */
  finish(): void {
    const callbacks = this.#onceFinished ?? [];
    this.#onceFinished = undefined;
    for (const callback of callbacks) callback();
  }

  /** From here on nothing throws: the task is counted, and will be told of. */
  #takeIn(task: BackgroundTask, group: TaskGroup, call: Call | undefined, addedAt: number): void {
    const entry = new Entry(this, ++this.#lastIndex, task, group, call, addedAt);
    this.context ??= entry.context;
    this.#entries.add(entry);
    holdCall(entry.task, entry);
    this.#runner.added(entry);
  }

  /** Not when a task was added: `addTask(…).with({ name })` names a task that is told of before. */
  #tellSettled(): void {
    if (this.#untold !== undefined) this.#runner.tellSettled(this, this.#untold);
    this.#untold = undefined;
  }

  #runIfSettled(): void {
    if (this.size > 0 && this.settling.settlement !== undefined) this.#runner.run(this);
  }
}
