import { BackgroundTask, cancelTask, lookWithinBy, optionsOf, startedHere } from './background-task.js';
import type { MethodKeys, MethodParameters, MethodTarget, NoFunction } from './task-constructor.js';
import type { DurableTransaction } from './durable-batches.js';
import { PlannedCall } from './planned-call.js';
import { TaskGroup, type TaskSource } from './task-group.js';
import type { BackgroundTaskOptions } from './task-options.js';
import { leaveUnawaited } from './unawaited.js';
import { checkTransaction, onlyTheTask, taskOf } from './what-is-added.js';

/** What the library may do with tasks, and its users may not: a friend of the class. */
interface Friend {
  groupOf(tasks: BackgroundTasks): TaskGroup;
  sourceOf(tasks: BackgroundTasks): TaskSource | undefined;
  setSource(tasks: BackgroundTasks, source: TaskSource): void;
}

let friend: Friend;

/** A task is added itself: no method of it is called. */
type AddedMethodTarget<T> = T extends BackgroundTask ? never : MethodTarget<T>;

/** No task: every task has it, and few others do. */
interface NoTask {
  readonly with?: never;
}

/** Many tasks are a task, but none that calls anything: their group runs. */
const NO_CALL = new PlannedCall(undefined, () => undefined, undefined, []);

/**
 * The tasks of one response, in the order they were added: what a controller injects.
 *
 * They run one at a time after the response; once one has failed, those after it are skipped. As in
 * Starlette, many tasks are a task: made with `new`, it can be attached to a response, added to
 * another, or run by hand. Once attached, it *is* the batch of that response, and what is added to
 * it later runs there too. So `res.background = new BackgroundTasks([res.background, audit])` runs
 * everything once.
 *
 * A class of your own that overrides `run()` is one task, and run by it: `super.run()` runs those in it. Tried again, it
 * begins with the one that failed; once the attempt has timed out, it starts no further one and rejects. Those that the
 * response has already run where they stand, and not in it. Added to two responses, it is called for each. What is added
 * to it once it has run all of them, or is over, goes on after those of that response, by itself.
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
      sourceOf: (tasks) => tasks.#source,
      setSource: (tasks, source) => {
        tasks.#source = source;
      },
    };
    lookWithinBy((task) => (task instanceof BackgroundTasks && runsItself(task) ? task.#group.own : undefined));
  }

  /**
   * Begins with `tasks`, in order; `null` and `undefined` among them add nothing.
   *
   * @throws TypeError when one of `tasks` is no `BackgroundTask`.
   */
  constructor(tasks?: Iterable<BackgroundTask | null | undefined>) {
    super(NO_CALL as never);
    if (tasks !== undefined) this.#addEach([...tasks]);
  }

  /** That of the class, where one of your own overrides `run()`. */
  override get name(): string {
    return runsItself(this) ? (optionsOf(this).name ?? this.constructor.name) : this.#group.name;
  }

  /** How many tasks have not started. */
  get size(): number {
    return this.#group.waiting.size;
  }

  /** The tasks that have not started, in order. */
  [Symbol.iterator](): Iterator<BackgroundTask> {
    return this.#group.waiting[Symbol.iterator]();
  }

  override with(options: BackgroundTaskOptions): this {
    if (runsItself(this)) return super.with(options);
    this.#group.setOptions(options);
    return this;
  }

  /**
   * Cancels the tasks that were added with these, or with tasks that were added to these, and have not started.
   *
   * Not the other tasks of the response. Returns false if there was none. What is added later runs as ever.
   */
  override cancel(): boolean {
    return runsItself(this) ? cancelTask(this) : this.#group.cancel();
  }

  /**
   * Adds one call, to be made after those added before it, and returns it for its options.
   *
   * The call keeps the async context it is added in, and its arguments are held by reference. Added
   * after the response is over, it still runs. A task that waits here already stays where it is. If it
   * throws, it has added nothing.
   *
   * @throws TypeError when what is added cannot be called, or when there is more than the task to add.
   * @throws NoActiveRequestError on an injected instance outside a request.
   */
  addTask<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): BackgroundTask;
  addTask<T, K extends MethodKeys<T>>(
    target: T & AddedMethodTarget<T>,
    method: K,
    ...args: MethodParameters<T, K>
  ): BackgroundTask;
  addTask<K extends PropertyKey, A extends unknown[]>(
    target: Record<K, (...args: A) => unknown> & NoFunction & NoTask,
    method: K,
    ...args: A
  ): BackgroundTask;
  addTask(task: BackgroundTask): BackgroundTask;
  addTask(target: unknown, ...args: unknown[]): BackgroundTask {
    if (target instanceof BackgroundTask && args.length > 0) throw onlyTheTask(target, args);
    const task = taskOf(target, args);
    if (task instanceof BackgroundTasks && !runsItself(task)) task.#group.moveInto(this.#group);
    else this.#group.add(task);
    return task;
  }

  /**
   * Stores the durable tasks that were added so far in `transaction`, with all that the handler writes in it.
   *
   * Committed, they run after the response, as any others; rolled back, they never were. With pg-boss only. Resolves to the
   * id of the batch, or to `undefined` where there are no durable tasks, or no engine: then they run in this process.
   *
   * @throws TypeError by rejecting, for what is no transaction; Error with an engine that cannot do it; what its driver throws.
   * @example
   * await this.dataSource.transaction(async (manager) => {
   *   await manager.save(user);
   *   tasks.addTask(this.mailer, 'sendWelcome', user.email);
   *   await tasks.persistIn(manager.queryRunner!);
   * });
   */
  async persistIn(transaction: DurableTransaction): Promise<string | undefined> {
    checkTransaction(transaction);
    return this.#group.persistIn(transaction);
  }

  /**
   * Runs the tasks now, in order; rejects with the first error, and the rest stay unrun.
   *
   * @throws Error when the tasks belong to a response: they run when it is over, and only then.
   */
  override async run(): Promise<void> {
    await this.#group.run(startedHere(this));
  }

  /** Made when somebody asks, where the tasks were made with `new`. */
  get #group(): TaskGroup {
    this.#source ??= TaskGroup.ofItsOwn();
    return this.#source.group;
  }

  /** All of them are looked at first: where one is none, the others can be added elsewhere. */
  #addEach(members: readonly unknown[]): void {
    try {
      const tasks = members.filter((member) => member !== null && member !== undefined).map((member) => taskOf(member));
      for (const task of tasks) this.addTask(task);
    } catch (error) {
      leaveUnawaited(members);
      throw error;
    }
  }
}

/** Whether `tasks` are one task, since their class says how they run. */
function runsItself(tasks: BackgroundTasks): boolean {
  return tasks.run !== BackgroundTasks.prototype.run;
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

/** Where the group of `tasks` is looked up, if anywhere. */
export function sourceOf(tasks: BackgroundTasks): TaskSource | undefined {
  return friend.sourceOf(tasks);
}
