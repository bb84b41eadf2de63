import {
  type BackgroundTask,
  cancelTask,
  checkCarriedWith,
  hasPlaceIn,
  optionsOf,
  runByHand,
} from './background-task.js';
import type { DurableTransaction } from './durable-batches.js';
import { hasDurableMethods } from './durable-task.decorator.js';
import { belongsElsewhere, OwnTasks } from './own-tasks.js';
import type { Started } from './started.js';
import type { AddedTask, TaskList } from './task-list.js';
import type { SourceOf, TargetOf } from './task-target.js';
import {
  type BackgroundTaskOptions,
  mergeTaskOptions,
  type SharedTaskOptions,
  tooLateError,
  withGeneral,
} from './task-options.js';

/** Where tasks go: to a list of their own, or to the batch of a response. */
export interface TaskTarget extends TargetOf<TaskGroup> {}

/** Where a group is found, each time that it is used. */
export interface TaskSource extends SourceOf<TaskGroup> {}

/** The tasks of one `BackgroundTasks`: where they go, and what was said of all of them. */
export class TaskGroup implements TaskSource {
  /** Another one once this has become part of it. */
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

  get waiting(): TaskList {
    return this.#finalTarget.waiting ?? this.list;
  }

  /** Its tasks, where it belongs to no response: they are what a class of one's own runs. */
  get own(): OwnTasks<TaskGroup> | undefined {
    return this.#target instanceof OwnTasks ? this.#target : undefined;
  }

  setOptions(options: BackgroundTaskOptions): void {
    const merged = mergeTaskOptions(this.#options ?? {}, options);
    if (this.#running > 0) throw tooLateError(this.name);
    for (const added of hasDurableMethods() ? this.#finalTarget.added : []) {
      if (this.#includes(added)) checkCarriedWith(added.task, options);
    }
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

  async persistIn(transaction: DurableTransaction): Promise<string | undefined> {
    return this.#finalTarget.persistIn?.(transaction);
  }

  add(task: BackgroundTask): void {
    if (hasDurableMethods()) this.#checkCarried(task);
    if (!this.#receiver.add(task, this)) this.#remember([task]);
  }

  #checkCarried(task: BackgroundTask): void {
    if (this.#options !== undefined) checkCarriedWith(task, this.#options);
    if (this.#target instanceof TaskGroup) this.#target.#checkCarried(task);
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

  /** For `cancel()`: what was in its target before is known there by another group. */
  #remember(merged: Iterable<BackgroundTask | TaskGroup>): void {
    for (const each of merged) (this.#merged ??= new Set()).add(each);
    if (this.#target instanceof TaskGroup) this.#target.#remember(merged);
  }

  /**
   * Makes this group part of `other`, with its tasks and those that are added later. If that throws, it changes nothing.
   *
   * One that belongs to a response is that of the response, wherever it is added there. Others remember it until attached.
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
    for (const { task } of own.added) other.#checkCarried(task);
    if (target instanceof OwnTasks) target.takeOver(own);
    else this.#attach(own, other, target);
    this.#target = other;
    if (this.#merged !== undefined) other.#remember(this.#merged);
  }

  #attach(own: OwnTasks<TaskGroup>, other: TaskGroup, target: TaskTarget): void {
    own.checkMayJoin(target.list);
    this.#target = other; // at once: what is added to it while they are told of goes there, too
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
