import type { Batch } from '../batch/batch.js';
import { Member } from '../batch/roster.js';
import { type BackgroundTasks, tasksFrom } from '../tasks/background-tasks.js';
import { TaskGroup, type TaskSource, type TaskTarget } from '../tasks/task-group.js';

/** What tells a batch which call adds tasks to it: `CurrentCall`. */
export interface WhoAdds {
  targetOn(batch: Batch): TaskTarget;
}

/** What is being served and has a batch: a call of a handler, or a request. */
export abstract class Served extends Member implements TaskSource {
  /** The `CurrentCall` of the application that serves it: by this, applications tell their own from others'. */
  readonly whoAdds: WhoAdds;
  #group?: TaskGroup;

  constructor(whoAdds: WhoAdds) {
    super();
    this.whoAdds = whoAdds;
  }

  /** The batch that its tasks go to, made when somebody asks. */
  abstract get batch(): Batch;

  /** That batch, if anybody has asked for it. */
  abstract get existingBatch(): Batch | undefined;

  /** The tasks of whoever finds it: they share the options that are set on them. */
  get group(): TaskGroup {
    this.#group ??= this.newGroup();
    return this.#group;
  }

  /** A group with options of its own. */
  newGroup(): TaskGroup {
    return new TaskGroup(this.whoAdds.targetOn(this.batch));
  }

  /** Tasks to hand out, with options of their own. */
  newTasks(): BackgroundTasks {
    return tasksFrom(this.newGroup());
  }
}

/** Tasks that go to `batch`, with options of their own. */
export function tasksOn(batch: Batch, whoAdds: WhoAdds): BackgroundTasks {
  return tasksFrom(new TaskGroup(whoAdds.targetOn(batch)));
}
