import type { BackgroundTask } from './background-task.js';
import type { DurableTransaction } from './durable-batches.js';
import type { AddedTask, TaskList } from './task-list.js';

/** Where tasks go: to a list of their own, or to the batch of a response. */
export interface TargetOf<Group> {
  readonly list: TaskList;
  /** What users see of it, if that is more. */
  readonly waiting?: TaskList;
  /** The tasks that have not started, each with the group that it was added with. */
  readonly added: Iterable<AddedTask<Group>>;
  /** Takes `task` in as the last one, added with `group`, and returns true; if it waits there already, changes nothing. */
  add(task: BackgroundTask, group: Group): boolean;
  /** Takes in those of `added` that do not wait there already, which came with `group`; if that throws, none of them. */
  addAll(added: ReadonlyArray<AddedTask<Group>>, group: Group): void;
  /** Has the durable ones of them stored in `transaction`, where there is an engine. */
  persistIn?(transaction: DurableTransaction): Promise<string | undefined>;
}

/** Where a group is found, each time that it is used. */
export interface SourceOf<Group> {
  readonly group: Group;
}
