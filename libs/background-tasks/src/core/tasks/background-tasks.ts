import { BackgroundTask, type MethodKeys, type MethodParameters } from './background-task.js';
import { described } from '../errors/background-tasks.errors.js';
import { Queue } from './queue.js';
import type { SharedTaskOptions } from './task-options.js';

/** Where the tasks of a `BackgroundTasks` are kept: its own list, or the batch of a response. */
export interface TaskList extends Iterable<BackgroundTask> {
  /** How many have not started. */
  readonly size: number;
  /** Takes `task` in as the last one, added through `through`. */
  add(task: BackgroundTask, through: BackgroundTasks): void;
}

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
  /** Set when these tasks became part of others; `#list` is then out of use. */
  #parent?: BackgroundTasks;
  readonly #list: TaskList;

  /** @throws TypeError when one of `tasks` is no `BackgroundTask`. */
  constructor(tasks?: Iterable<BackgroundTask>);
  /** @internal */
  constructor(tasks: Iterable<BackgroundTask>, list: TaskList);
  constructor(tasks: Iterable<BackgroundTask> = [], list: TaskList = new UnboundTasks()) {
    super(() => (list instanceof UnboundTasks ? runInOrder(list) : undefined));
    this.#list = list;
    for (const task of tasks) this.addTask(task);
  }

  /**
   * A view on a list that somebody else keeps.
   *
   * @internal
   */
  static on(list: TaskList): BackgroundTasks {
    return new BackgroundTasks([], list);
  }

  override get name(): string {
    return this.options.name ?? 'BackgroundTasks';
  }

  /** How many tasks have not started. */
  get size(): number {
    return this.#keeper.size;
  }

  /** The tasks that have not started, in order. */
  [Symbol.iterator](): Iterator<BackgroundTask> {
    return this.#keeper[Symbol.iterator]();
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
    const tasks = this.actual;
    if (task instanceof BackgroundTasks) task.actual.#moveInto(tasks);
    else tasks.#keeper.add(task, tasks);
    return task;
  }

  /**
   * Runs the tasks now, in order; rejects with the first error, and the rest stay unrun.
   *
   * @throws Error when the tasks belong to a response: they run when it is over, and only then.
   */
  override async run(): Promise<void> {
    if (this.#parent !== undefined || !(this.#list instanceof UnboundTasks)) {
      throw new Error(
        'Cannot run these background tasks by hand: they belong to a response and run when it is over. ' +
          'To wait for them, await idle() of the BackgroundTasksRunner.',
      );
    }
    await super.run();
  }

  /**
   * What was said of `task`, added through these tasks, or of all of them.
   *
   * @internal
   */
  optionOf<K extends keyof SharedTaskOptions>(task: BackgroundTask, option: K): SharedTaskOptions[K] {
    return task.options[option] ?? this.options[option] ?? this.#parent?.optionOf(task, option);
  }

  /**
   * The tasks that these stand for: themselves, if nothing else.
   *
   * @internal
   */
  get actual(): BackgroundTasks {
    return this;
  }

  /** What keeps the tasks that are added here. */
  get #keeper(): TaskList {
    const { actual } = this;
    return actual.#parent === undefined ? actual.#list : actual.#parent.#keeper;
  }

  #moveInto(parent: BackgroundTasks): void {
    if (this.#keeper === parent.#keeper) return;
    if (this.#parent !== undefined || !(this.#list instanceof UnboundTasks)) {
      throw new Error(
        'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
          'Make a new BackgroundTasks for each response.',
      );
    }
    const own = this.#list;
    this.#parent = parent;
    for (let added = own.take(); added !== undefined; added = own.take()) {
      this.#keeper.add(added.task, added.through);
    }
  }
}

interface AddedTask {
  readonly task: BackgroundTask;
  readonly through: BackgroundTasks;
}

/** The tasks of a `BackgroundTasks` that belongs to no response. */
class UnboundTasks implements TaskList {
  readonly #added = new Queue<AddedTask>();

  get size(): number {
    return this.#added.size;
  }

  add(task: BackgroundTask, through: BackgroundTasks): void {
    this.#added.add({ task, through });
  }

  take(): AddedTask | undefined {
    return this.#added.take();
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#added) yield task;
  }
}

async function runInOrder(list: UnboundTasks): Promise<void> {
  for (let added = list.take(); added !== undefined; added = list.take()) {
    await added.task.run();
  }
}

/**
 * What was assigned to `res.background`, if it can be.
 *
 * @throws TypeError when it is no task.
 */
export function checkAttachable(value: unknown): BackgroundTask {
  if (value instanceof BackgroundTask) return value;
  throw new TypeError(
    `Cannot attach ${described(value)} to the response: \`background\` takes a BackgroundTask or BackgroundTasks. ` +
      'Write `res.background = new BackgroundTask(send, email)`.',
  );
}
