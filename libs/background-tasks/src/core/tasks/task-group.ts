import { type BackgroundTask, cancelTask, hasPlaceIn, optionsOf, runByHand } from './background-task.js';
import { belongsElsewhere, OwnTasks } from './own-tasks.js';
import type { Started } from './started.js';
import type { AddedTask, TaskList } from './task-list.js';
import {
  type BackgroundTaskOptions,
  mergeTaskOptions,
  type SharedTaskOptions,
  tooLateError,
  withGeneral,
} from './task-options.js';

/** Where tasks go: to a list of their own, or to the batch of a response. */
export interface TaskTarget {
  readonly list: TaskList;
  /** The tasks that have not started, each with the group that it was added with. */
  readonly added: Iterable<AddedTask<TaskGroup>>;
  /** Takes `task` in as the last one, added with `group`, and returns true; if it waits there already, changes nothing. */
  add(task: BackgroundTask, group: TaskGroup): boolean;
  /** Takes in those of `added` that do not wait there already, which came with `group`; if that throws, none of them. */
  addAll(added: ReadonlyArray<AddedTask<TaskGroup>>, group: TaskGroup): void;
}

/** Where a group is found, each time that it is used. */
export interface TaskSource {
  readonly group: TaskGroup;
}

/** The tasks of one `BackgroundTasks`: where they go, and what was said of all of them. */
export class TaskGroup implements TaskSource {
  /** Another group once this one has become part of it. */
  #target: TaskTarget | OwnTasks<TaskGroup> | TaskGroup;
  #options?: BackgroundTaskOptions;
  /** How many times it is being run by hand. */
  #running = 0;
  /** What was added to it, or to a group that is part of it, and had its place there already. */
  #merged?: Set<BackgroundTask | TaskGroup>;

  constructor(target: TaskTarget | OwnTasks<TaskGroup>) {
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

  /** Its tasks, where it belongs to no response: they are what a class of one's own runs. */
  get own(): OwnTasks<TaskGroup> | undefined {
    return this.#target instanceof OwnTasks ? this.#target : undefined;
  }

  setOptions(options: BackgroundTaskOptions): void {
    const merged = mergeTaskOptions(this.#options ?? {}, options);
    if (this.#running > 0) throw tooLateError(this.name);
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
    if (!this.#receiver.add(task, this)) this.#remember([task]);
  }

  /** Cancels the tasks that were added to it, or to a group that is part of it; returns whether there was one. */
  cancel(): boolean {
    const target = this.#finalTarget;
    const cancelled = [...target.added].filter((added) => this.#includes(added)).map(({ task }) => cancelTask(task));
    if (target instanceof OwnTasks) for (const group of target.attached) cancelled.push(group.cancel());
    return cancelled.includes(true);
  }

  /** `seen` are the groups that were asked before: two may have been merged into each other. */
  #includes(added: AddedTask<TaskGroup>, seen = new Set<TaskGroup>()): boolean {
    if (seen.has(this)) return false;
    seen.add(this);
    if (added.group.#isPartOf(this) || this.#merged?.has(added.task)) return true;
    return [...(this.#merged ?? [])].some((each) => each instanceof TaskGroup && each.#includes(added, seen));
  }

  #isPartOf(group: TaskGroup): boolean {
    return this === group || (this.#target instanceof TaskGroup && this.#target.#isPartOf(group));
  }

  /** For `cancel()`: what was in its target before it was added here is known there by another group. */
  #remember(merged: Iterable<BackgroundTask | TaskGroup>): void {
    for (const each of merged) (this.#merged ??= new Set()).add(each);
    if (this.#target instanceof TaskGroup) this.#target.#remember(merged);
  }

  /**
   * Makes this group part of `other`, with its tasks and those that are added later. If that throws, it changes nothing.
   *
   * One that belongs to a response already is that of the response, wherever it is added there. Tasks that belong to none
   * yet remember it, until they are attached themselves.
   *
   * @throws Error when it, or one of those that it remembers, is part of something else.
   */
  moveInto(other: TaskGroup): void {
    const target = other.#receiver;
    if (this.list === target.list) return other.#remember([this]);
    if (this.#target instanceof OwnTasks) return this.#move(this.#target, other, target);
    if (!(target instanceof OwnTasks) || this.#finalTarget instanceof OwnTasks) throw belongsElsewhere();
    target.addAttached(this);
  }

  #move(own: OwnTasks<TaskGroup>, other: TaskGroup, target: TaskTarget | OwnTasks<TaskGroup>): void {
    if (target instanceof OwnTasks) target.takeOver(own);
    else this.#attach(own, other, target);
    this.#target = other;
    if (this.#merged !== undefined) other.#remember(this.#merged);
  }

  #attach(own: OwnTasks<TaskGroup>, other: TaskGroup, target: TaskTarget): void {
    own.checkMayJoin(target.list);
    // before they are told of: what is added to this group meanwhile goes there, too
    this.#target = other;
    const merged = [...own.attached, ...own.added.flatMap(({ task }) => (hasPlaceIn(task, target.list) ? task : []))];
    try {
      target.addAll(own.added, this);
      own.clear();
      this.#remember(merged);
    } catch (error) {
      this.#target = own;
      throw error;
    }
  }

  /**
   * Runs its tasks now, in order; rejects with the first error, and the rest stay unrun.
   *
   * Those of the call that was `started`, if this is what a class of one's own has made of it.
   */
  async run(started?: Started): Promise<void> {
    const { own } = this;
    if (own === undefined) {
      throw new Error(
        'Cannot run these background tasks by hand: they belong to a response and run when it is over. ' +
          'To wait for them, await idle() of the BackgroundTasksRunner.',
      );
    }
    await ((started && own.runIn(started)) ?? this.#runByHand(own));
  }

  async #runByHand(own: OwnTasks<TaskGroup>): Promise<void> {
    this.#running++;
    try {
      for (const member of own.taken()) await (member instanceof TaskGroup ? member.run() : runByHand(member, this));
    } finally {
      this.#running--;
    }
  }

  /** Where what is added goes: with the response, once it is too late for these. */
  get #receiver(): TaskTarget | OwnTasks<TaskGroup> {
    const target = this.#finalTarget;
    const late = target instanceof OwnTasks ? target.lateGroup : undefined;
    return late instanceof TaskGroup ? late.#receiver : target;
  }

  get #finalTarget(): TaskTarget | OwnTasks<TaskGroup> {
    return this.#target instanceof TaskGroup ? this.#target.#finalTarget : this.#target;
  }
}
