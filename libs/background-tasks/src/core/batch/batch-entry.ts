import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from '../tasks/background-task.js';
import type { Outcome } from '../tasks/task-context.js';
import type { TaskGroup } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import type { Call, Settlement } from './outcome.js';

/** A task in its batch, with what its adder had around it. */
export interface EntryOf<B> extends AddedTask<TaskGroup> {
  readonly batch: B;
  /** Its place in the batch, from 0. */
  readonly index: number;
  /** The async context of the code that added it. */
  readonly context: AsyncResource;
  /** The call of the handler that was at work when it was added, if one was, and can be told from others. */
  readonly call: Call | undefined;
  /** When it was added, by the clock of its batch. */
  readonly addedAt: number;
}

/** A task that may start. */
export interface SettledEntryOf<B> extends EntryOf<B>, Settlement {}

/** How many were made, in this process. */
let made = 0;

/** As a batch makes it: one object from the statement that adds the task to its end. */
export class Entry<B> implements SettledEntryOf<B> {
  readonly batch: B;
  readonly index: number;
  readonly task: BackgroundTask;
  readonly group: TaskGroup;
  readonly context: AsyncResource;
  /** Counts up: of two, the one that was added first has the lower one. */
  readonly order: number;
  readonly call: Call | undefined;
  /** Those of its settlement, once that is known. */
  outcome: Outcome = 'success';
  status: number | undefined = undefined;
  aborted = false;
  readonly addedAt: number;

  constructor(
    batch: B,
    index: number,
    task: BackgroundTask,
    group: TaskGroup,
    call: Call | undefined,
    addedAt: number,
    context = new AsyncResource('BackgroundTask'),
  ) {
    this.context = context;
    this.order = ++made;
    this.batch = batch;
    this.index = index;
    this.task = task;
    this.group = group;
    this.call = call;
    this.addedAt = addedAt;
  }

  /** The same task as one of `batch`: an entry that has left its batch does not come back. */
  in(batch: B): Entry<B> {
    return new Entry(batch, this.index, this.task, this.group, this.call, this.addedAt, this.context);
  }

  /** It may start; `outcome` is that of its call. */
  settle({ status, aborted }: Settlement, outcome: Outcome): this {
    this.outcome = outcome;
    this.status = status;
    this.aborted = aborted;
    return this;
  }
}
