import type { Batch } from '../batch/batch.js';
import type { Call } from '../batch/outcome.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import { type BackgroundTasks, tasksFrom } from '../tasks/background-tasks.js';
import { TaskGroup, type TaskSource, type TaskTarget } from '../tasks/task-group.js';

/** Which call of a handler adds tasks, where this is asked. */
export interface WhoAdds {
  callOn(batch: Batch): Call | undefined;
}

/** What is being served and has a batch: a call of a handler, or a request. */
export abstract class Served implements TaskSource {
  readonly #whoAdds: WhoAdds;
  #group?: TaskGroup;

  constructor(whoAdds: WhoAdds) {
    this.#whoAdds = whoAdds;
  }

  /** The batch that its tasks go to, made when somebody asks. */
  abstract get batch(): Batch;

  /** The tasks of whoever finds it: they share the options that are set on them. */
  get group(): TaskGroup {
    this.#group ??= new TaskGroup(this.target);
    return this.#group;
  }

  /** Tasks to hand out, with options of their own. */
  newTasks(): BackgroundTasks {
    return tasksFrom(new TaskGroup(this.target));
  }

  /** What puts tasks in the batch. */
  protected get target(): TaskTarget {
    return new BatchTarget(this.batch, this.#whoAdds);
  }
}

/** Tasks that go to `batch`, with options of their own. */
export function tasksOn(batch: Batch, whoAdds: WhoAdds): BackgroundTasks {
  return tasksFrom(new TaskGroup(new BatchTarget(batch, whoAdds)));
}

/** Puts tasks in a batch, and tells it which call adds them. */
class BatchTarget implements TaskTarget {
  constructor(
    readonly list: Batch,
    private readonly whoAdds: WhoAdds,
  ) {}

  add(task: BackgroundTask, group: TaskGroup): void {
    this.list.add(task, group, this.whoAdds.callOn(this.list));
  }
}
