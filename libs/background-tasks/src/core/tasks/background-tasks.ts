import { BackgroundTask } from './background-task.js';
import type { MethodKeys, MethodParameters } from './task-constructor.js';
import { TaskGroup, type TaskSource } from './task-group.js';
import type { BackgroundTaskOptions } from './task-options.js';

/** What the library may do with tasks, and its users may not: a friend of the class. */
interface Friend {
  groupOf(tasks: BackgroundTasks): TaskGroup;
  setSource(tasks: BackgroundTasks, source: TaskSource): void;
}

let friend: Friend;

/** Many tasks are a task, but none that calls anything: their group runs. An arrow function, so that it is told from a class at once. */
const callNothing = (): void => undefined;

/**
 * The tasks of one response, in the order they were added: what a controller injects.
 *
 * They run one at a time after the response; once one has failed, those after it are skipped. As in
 * Starlette, many tasks are a task: made with `new`, it can be attached to a response, added to
 * another, or run by hand. Once attached, it *is* the batch of that response, and what is added to
 * it later runs there too.
 *
 * @example
 * signUp(@Body() dto: SignUpDto, tasks: BackgroundTasks) {
 *   tasks.addTask(this.mailer, 'sendWelcome', dto.email);
 *   tasks.addTask(audit, 'signed up', dto.email).with({ runOn: 'always' });
 * }
 */
export class BackgroundTasks extends BackgroundTask {
  #source?: TaskSource;

  static {
    friend = {
      groupOf: (tasks) => tasks.#group,
      setSource: (tasks, source) => {
        tasks.#source = source;
      },
    };
  }

  /** @throws TypeError when one of `tasks` is no `BackgroundTask`. */
  constructor(tasks: Iterable<BackgroundTask> = []) {
    super(callNothing);
    for (const task of tasks) this.addTask(task);
  }

  override get name(): string {
    return this.#group.name;
  }

  /** How many tasks have not started. */
  get size(): number {
    return this.#group.list.size;
  }

  /** The tasks that have not started, in order. */
  [Symbol.iterator](): Iterator<BackgroundTask> {
    return this.#group.list[Symbol.iterator]();
  }

  override with(options: BackgroundTaskOptions): this {
    this.#group.setOptions(options);
    return this;
  }

  /**
   * Adds one call, to be made after those added before it, and returns it for its options.
   *
   * The call keeps the async context it is added in, and its arguments are held by reference. Added
   * after the response is over, it still runs.
   *
   * @throws TypeError when what is added cannot be called.
   * @throws NoActiveRequestError on an injected instance outside a request.
   */
  addTask<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): BackgroundTask;
  addTask<T, K extends MethodKeys<T>>(target: T, method: K, ...args: MethodParameters<T, K>): BackgroundTask;
  addTask<K extends PropertyKey, A extends unknown[]>(
    target: Record<K, (...args: A) => unknown>,
    method: K,
    ...args: A
  ): BackgroundTask;
  addTask(task: BackgroundTask): BackgroundTask;
  addTask(target: unknown, ...args: unknown[]): BackgroundTask {
    const task =
      target instanceof BackgroundTask ? target : new BackgroundTask(target as () => unknown, ...(args as []));
    if (task instanceof BackgroundTasks) task.#group.moveInto(this.#group);
    else this.#group.add(task);
    return task;
  }

  /**
   * Runs the tasks now, in order; rejects with the first error, and the rest stay unrun.
   *
   * @throws Error when the tasks belong to a response: they run when it is over, and only then.
   */
  override async run(): Promise<void> {
    await this.#group.run();
  }

  /** Made when somebody asks, where the tasks were made with `new`. */
  get #group(): TaskGroup {
    this.#source ??= TaskGroup.ofItsOwn();
    return this.#source.group;
  }
}

/** Tasks whose group is looked up in `source` wherever they are used. */
export function tasksFrom(source: TaskSource): BackgroundTasks {
  const tasks = new BackgroundTasks();
  friend.setSource(tasks, source);
  return tasks;
}

/** Where the tasks go that are added to `tasks`, and what was said of all of them. */
export function groupOf(tasks: BackgroundTasks): TaskGroup {
  return friend.groupOf(tasks);
}
