import { type BackgroundTask, optionsOf } from './background-task.js';
import { Queue } from './queue.js';
import { type BackgroundTaskOptions, mergeTaskOptions, type SharedTaskOptions, tooLateError } from './task-options.js';

/** Tasks that have not started, in order. */
export interface TaskList extends Iterable<BackgroundTask> {
  readonly size: number;
}

/** Where tasks go: to a list of their own, or to the batch of a response. */
export interface TaskTarget {
  readonly list: TaskList;
  /** Takes `task` in as the last one, added with `group`. */
  add(task: BackgroundTask, group: TaskGroup): void;
}

/** Where a group is found, each time that it is used. */
export interface TaskSource {
  readonly group: TaskGroup;
}

/** The tasks of one `BackgroundTasks`: where they go, and what was said of all of them. */
export class TaskGroup implements TaskSource {
  /** Another group once this one has become part of it. */
  #target: TaskTarget | TaskGroup;
  #options?: BackgroundTaskOptions;
  #hasStarted = false;

  constructor(target: TaskTarget) {
    this.#target = target;
  }

  /** A group of its own, which runs when somebody runs it. */
  static ofItsOwn(): TaskGroup {
    return new TaskGroup(new OwnTasks());
  }

  get group(): this {
    return this;
  }

  get name(): string {
    return this.#options?.name ?? 'BackgroundTasks';
  }

  get list(): TaskList {
    return this.#finalTarget.list;
  }

  setOptions(options: BackgroundTaskOptions): void {
    const merged = mergeTaskOptions(this.#options ?? {}, options);
    if (this.#hasStarted) throw tooLateError(this.name);
    this.#options = merged;
  }

  /** What holds for `task`, added with this group: what was said of it, or of the group, or else `defaults`. */
  optionsFor(task: BackgroundTask, defaults: Required<SharedTaskOptions>): Required<SharedTaskOptions> {
    return withGeneral(optionsOf(task), this.#optionsForAll(defaults));
  }

  #optionsForAll(defaults: Required<SharedTaskOptions>): Required<SharedTaskOptions> {
    const general = this.#target instanceof TaskGroup ? this.#target.#optionsForAll(defaults) : defaults;
    return this.#options === undefined ? general : withGeneral(this.#options, general);
  }

  add(task: BackgroundTask): void {
    this.#finalTarget.add(task, this);
  }

  /**
   * Makes this group part of `other`, with its tasks and those that are added later.
   *
   * @throws Error when it is part of something else.
   */
  moveInto(other: TaskGroup): void {
    if (this.list === other.list) return;
    if (!(this.#target instanceof OwnTasks)) {
      throw new Error(
        'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
          'Make a new BackgroundTasks for each response.',
      );
    }
    const own = this.#target;
    this.#target = other;
    for (let added = own.take(); added !== undefined; added = own.take()) {
      this.#finalTarget.add(added.task, added.group);
    }
  }

  /** Runs its tasks now, in order; rejects with the first error, and the rest stay unrun. */
  async run(): Promise<void> {
    const own = this.#target;
    if (!(own instanceof OwnTasks)) {
      throw new Error(
        'Cannot run these background tasks by hand: they belong to a response and run when it is over. ' +
          'To wait for them, await idle() of the BackgroundTasksRunner.',
      );
    }
    this.#hasStarted = true;
    for (let added = own.take(); added !== undefined; added = own.take()) await added.task.run();
  }

  get #finalTarget(): TaskTarget {
    return this.#target instanceof TaskGroup ? this.#target.#finalTarget : this.#target;
  }
}

/** Each of the options that hold for a task: as said of it, or else as in `general`. */
export function withGeneral(
  said: SharedTaskOptions,
  general: Required<SharedTaskOptions>,
): Required<SharedTaskOptions> {
  return {
    runOn: said.runOn ?? general.runOn,
    timeout: said.timeout ?? general.timeout,
    retries: said.retries ?? general.retries,
  };
}

interface AddedTask {
  readonly task: BackgroundTask;
  readonly group: TaskGroup;
}

/** The tasks of a group that belongs to no response. */
class OwnTasks implements TaskTarget, TaskList {
  readonly #added = new Queue<AddedTask>();

  get list(): this {
    return this;
  }

  get size(): number {
    return this.#added.size;
  }

  add(task: BackgroundTask, group: TaskGroup): void {
    this.#added.add({ task, group });
  }

  take(): AddedTask | undefined {
    return this.#added.take();
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#added) yield task;
  }
}
