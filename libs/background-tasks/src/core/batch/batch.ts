import type { AsyncResource } from 'node:async_hooks';
import { type BackgroundTask, cancelAgain, durableOf, isNewTo, isCancelled } from '../tasks/background-task.js';
import type { StoredIn } from '../tasks/task-context.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import { Entry, type EntryOf, type SettledEntryOf } from './batch-entry.js';
import type { BatchRunnerOf, OfAnother } from './batch-runner.js';
import { EntryList } from './entry-list.js';
import type { Call, Settlement } from './outcome.js';
import type { RunOfBatch } from './run-of-batch.js';
import { Settling } from './settling.js';
import { type Moments, type Origin, SCOPE, type Source } from './source.js';
import type { AddedEntry, HandoverOf, TaskStoreOf } from './task-store.js';

/** A task in its batch. */
export interface BatchEntry extends EntryOf<Batch> {}

/** A task that may start. */
export interface SettledEntry extends SettledEntryOf<Batch> {}

/** What runs batches. */
export interface BatchRunner extends BatchRunnerOf<Batch> {}

/** What takes durable tasks. */
export interface TaskStore extends TaskStoreOf<Batch> {}

/** The durable tasks of a response. */
export interface Handover extends HandoverOf<Batch> {}

const NEW: OfAnother = {};

/**
 * The tasks of one response.
 *
 * Nothing is watched until the first task is added.
 */
export class Batch extends EntryList<Batch> {
  /** When it settles, and how; to be told of its response and of its handlers. */
  readonly settling: Settling;
  /** Node's own request whose response it waits for, if there is one. */
  readonly request: object | undefined;
  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;
  /** What it is made for, if anything is known of that. */
  origin?: Origin | undefined;
  /** The call that was at work when its first task was added, or the first one that was, if one can be told. */
  adder?: Call | undefined;
  /** The async context of the code that added its first task, if it has had one. */
  context?: AsyncResource;
  /** What runs it, while that is at it. */
  run: RunOfBatch | undefined;
  /** What came with it from the process that stored it, if one did. */
  carried?: Readonly<Record<string, string>>;
  /** Where it was stored by then. */
  stored?: StoredIn;
  /** What has the durable tasks of its response, if there are some that an engine is to have. */
  handover: Handover | undefined;

  readonly #runner: BatchRunner;
  #lastIndex = -1;
  /** How it has settled, until there is a task for which that is told. */
  #untold?: Settlement | undefined;
  #onceFinished?: ReadonlyArray<() => void>;

  constructor(runner: BatchRunner, request?: object, from: OfAnother = NEW) {
    super(from);
    this.#runner = runner;
    this.request = request;
    this.settling = from.settling ?? new Settling(this, runner);
  }

  /** What has brought its tasks. */
  get source(): Source {
    return this.adder?.source ?? this.origin?.source ?? SCOPE;
  }

  /** When the steps of its response were. */
  get moments(): Moments {
    const { handlerEndedAt, endedAt } = this.settling.moments;
    return {
      startedAt: this.timeAt(this.origin?.startedAt),
      handlerEndedAt: this.timeAt(handlerEndedAt),
      endedAt: this.timeAt(endedAt),
    };
  }

  /** The tasks that have not started, each with what it was added with; those for an engine among them, in order. */
  get added(): Iterable<AddedEntry> {
    if (this.handover === undefined) return this.entries;
    return [...this.entries, ...this.handover.added].sort((one, other) => one.order - other.order);
  }

  /** Adds `task`, by `adder`, and returns true, unless it has its place here already; if that throws, it changes nothing. */
  add(task: BackgroundTask, group: TaskGroup, adder?: Call): boolean {
    if (!isNewTo(task, this) || this.handover?.has(task) === true) return false;
    if (durableOf(task) !== undefined) {
      this.addAll([{ task, group }], adder);
      return true;
    }
    if (!isCancelled(task)) this.#runner.admit(1, task, this);
    this.settling.watchResponse();
    this.takeIn(task, group, this.settling.callAtWork(adder), this.now());
    cancelAgain(task);
    this.#runIfSettled();
    return true;
  }

  /** Adds each of `tasks` as `add` does: all of them, or none. */
  addAll(tasks: ReadonlyArray<AddedTask<TaskGroup>>, adder?: Call): void {
    const added = tasks.filter(({ task }) => isNewTo(task, this) && this.handover?.has(task) !== true);
    if (added.length === 0) return;
    const stored = added.filter(({ task }) => this.#isToBeStored(task));
    const handover = stored.length === 0 ? undefined : this.#openHandover();
    handover?.admit(stored.map(({ task }) => task));
    const [first, ...others] = added.filter(({ task }) => !isCancelled(task));
    if (first !== undefined) this.#runner.admit(1 + others.length, first.task, this);
    this.settling.watchResponse();
    const [call, addedAt] = [this.settling.callAtWork(adder), this.now()];
    for (const each of added) {
      if (stored.includes(each)) handover?.add(each, call, addedAt);
      else this.takeIn(each.task, each.group, call, addedAt);
    }
    for (const { task } of added) cancelAgain(task);
    this.#runIfSettled();
    if (this.settling.settlement !== undefined) handover?.settled();
  }

  /** Gives up `entry`, which has not started. */
  cancel(entry: Entry<Batch>): void {
    this.drop(entry);
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

  /** Calls `callback` when it finishes; a batch that gets a task later finishes again. */
  onceFinished(callback: () => void): void {
    this.#onceFinished = [...(this.#onceFinished ?? []), callback];
  }

  /** It has settled, perhaps not for the first time. */
  onSettlement(settlement: Settlement, isNew: boolean): void {
    if (isNew) this.#untold = settlement;
    if (this.size > 0) {
      this.#tellSettled();
      this.#runner.run(this);
    }
    this.handover?.settled();
  }

  /** Nothing is left to run. */
  finish(): void {
    const callbacks = this.#onceFinished ?? [];
    this.#onceFinished = undefined;
    for (const callback of callbacks) callback();
  }

  /** Takes in what was admitted. Nothing throws: the task is counted, and will be told of. */
  takeIn(task: BackgroundTask, group: TaskGroup, call: Call | undefined, addedAt = this.now()): void {
    const entry = new Entry(this, ++this.#lastIndex, task, group, call, addedAt);
    this.context ??= entry.context;
    this.adder ??= call;
    this.put(entry);
    this.#runner.added(entry);
  }

  /** Not when a task was added: `addTask(…).with({ name })` names a task that is told of before. */
  #tellSettled(): void {
    if (this.#untold !== undefined) this.#runner.tellSettled(this, this.#untold);
    this.#untold = undefined;
  }

  /** Where nobody stores it, a durable task is one like any other. */
  #isToBeStored(task: BackgroundTask): boolean {
    const method = durableOf(task);
    if (method === undefined) return false;
    this.#runner.checkDurable?.(task, method);
    return this.#runner.store !== undefined;
  }

  #openHandover(): Handover | undefined {
    return (this.handover ??= this.#runner.store?.open(this));
  }

  #runIfSettled(): void {
    if (this.size > 0 && this.settling.settlement !== undefined) this.#runner.run(this);
  }
}
