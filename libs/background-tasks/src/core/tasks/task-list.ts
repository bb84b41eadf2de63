import type { BackgroundTask } from './background-task.js';

/** Tasks that have not started, in order. */
export interface TaskList extends Iterable<BackgroundTask> {
  readonly size: number;
}

/** A task, and what it was added with. */
export interface AddedTask<Group> {
  readonly task: BackgroundTask;
  readonly group: Group;
}
