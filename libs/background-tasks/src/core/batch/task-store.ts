import type { BackgroundTask } from '../tasks/background-task.js';
import type { DurableTransaction } from '../tasks/durable-batches.js';
import type { Outcome } from '../tasks/task-context.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import type { Call } from './outcome.js';

/** What keeps durable tasks outside of this process: an engine, once its module is imported. */
export interface TaskStoreOf<B> {
  /** The module that brought it. */
  readonly module: string;
  /** What takes the durable tasks of the response that `batch` is for. */
  open(batch: B): HandoverOf<B>;
}

/** A call that is about to end, and how. */
export interface CallEnd {
  readonly call: Call;
  readonly outcome: Outcome;
}

/** A task that was added, and its place among all of the process. */
export interface AddedEntry extends AddedTask<TaskGroup> {
  readonly order: number;
}

/** The durable tasks of one response: from when they are added to when an engine has them. */
export interface HandoverOf<B> {
  /** The batches that they are in: one for each time that something was stored. */
  readonly batches: Iterable<B>;
  /** Those that the engine does not run yet, in order. */
  readonly added: Iterable<AddedEntry>;

  /** Whether `task` is one of those. */
  has(task: BackgroundTask): boolean;

  /** Throws if `tasks` cannot be added, and changes nothing. */
  admit(tasks: readonly BackgroundTask[]): void;

  /** Takes a task in; `call` is the one at work. From here on nothing throws. */
  add(added: AddedTask<TaskGroup>, call: Call | undefined, addedAt: number): void;

  /**
   * Stores what is not stored and will run, as far as is known by now; returns nothing if that is nothing.
   *
   * @throws DurableStoreError by rejecting, where that fails and the response was to be a success.
   */
  store(ending?: CallEnd): Promise<void> | undefined;

  /** The response is over, and how it ended is known, perhaps not for the first time. */
  settled(): void;

  /** Stores what is not stored in `transaction`; resolves to the id of the batch, or `undefined` where there is nothing. */
  persistIn(transaction: DurableTransaction): Promise<string | undefined>;
}
