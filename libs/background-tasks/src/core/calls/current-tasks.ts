import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { described } from '../errors/wording.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import { type BackgroundTasks, tasksFrom } from '../tasks/background-tasks.js';
import { Queue } from '../tasks/queue.js';
import { TaskGroup, type TaskTarget } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import type { Application } from './application.js';

/**
 * The tasks of whatever `application` serves where they are used.
 *
 * `injectedFor` is what Nest called the request when they were injected.
 */
export function currentTasks(application: Application, injectedFor?: unknown): BackgroundTasks {
  return tasksFrom({
    get group() {
      return application.currentCall.served?.group ?? new TaskGroup(new Nowhere(injectedFor));
    },
  });
}

/** Where a task cannot be added, because no response will ever be over. */
class Nowhere implements TaskTarget {
  readonly list = new Queue<BackgroundTask>();
  readonly added = [];
  readonly #request: unknown;

  constructor(request: unknown) {
    this.#request = request;
  }

  add(task: BackgroundTask): never {
    throw this.#refusal(task.name);
  }

  addAll(added: ReadonlyArray<AddedTask<TaskGroup>>, group: TaskGroup): never {
    throw this.#refusal(added[0]?.task.name ?? group.name);
  }

  #refusal(name: string): NoActiveRequestError {
    const why =
      this.#request === undefined
        ? 'there is no HTTP request here'
        : `what Nest injects as REQUEST here is no HTTP request but ${described(this.#request)}, ` +
          'as in a durable provider tree, before a message has reached its handler, or in a GraphQL field of a message that ' +
          'is not followed';
    return new NoActiveRequestError(name, why);
  }
}
