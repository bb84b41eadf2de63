import { BackgroundTask, checkMayJoin, durableOf, isCancelled } from './background-task.js';
import { GroupCalls } from './group-calls.js';
import type { Started } from './started.js';
import type { AddedTask, TaskList } from './task-list.js';
import type { RunningCall, WaitingCall, Within } from './waiting-calls.js';

/** Tasks that belong to a response already, wherever they were attached. */
interface AttachedGroup {
  readonly list: TaskList;
  readonly waiting: TaskList;
}

/**
 * The tasks of a group that belongs to no response, each of them once.
 *
 * It may have attached groups among them, as `new BackgroundTasks([res.background, audit])` has: they are looked at when
 * it is attached itself.
 */
export class OwnTasks<Group extends AttachedGroup> implements TaskList, Within {
  /** By each task the group that it was added with; an attached group has none. */
  readonly #members = new Map<BackgroundTask | Group, Group | undefined>();

  /** Made where a class of one's own runs them. */
  #calls?: GroupCalls;
  #isBeingChecked = false;

  get list(): this {
    return this;
  }

  get waiting(): this {
    return this;
  }

  get size(): number {
    return [...this].length;
  }

  /** The tasks that were added, also those that were cancelled. */
  get added(): Array<AddedTask<Group>> {
    const added: Array<AddedTask<Group>> = [];
    for (const [task, group] of this.#members) if (task instanceof BackgroundTask && group) added.push({ task, group });
    return added;
  }

  /** The groups among them that are attached already. */
  get attached(): Group[] {
    return [...this.#members.keys()].flatMap((member) => (member instanceof BackgroundTask ? [] : member));
  }

  /** With which group those go on that are added too late for every call of these; there may be none. */
  get lateGroup(): unknown {
    return this.#calls?.lateGroup;
  }

  /** They are stored for a response, and have none yet. */
  async persistIn(): Promise<undefined> {
    if (!this.added.some(({ task }) => durableOf(task) !== undefined)) return;
    throw new Error(
      'Cannot store these background tasks: they belong to no response yet, and would not be in the transaction. Add them to ' +
        'the tasks of the response, or attach them to it, before persistIn().',
    );
  }

  checkMayJoin(batch: object): void {
    // they may be within themselves
    if (this.#isBeingChecked) return;
    this.#isBeingChecked = true;
    try {
      if (!this.attached.every((group) => group.list === batch)) throw belongsElsewhere();
      for (const { task } of this.added) checkMayJoin(task, batch);
    } finally {
      this.#isBeingChecked = false;
    }
  }

  hold(call: WaitingCall): void {
    (this.#calls ??= new GroupCalls()).hold(
      call,
      this.added.map(({ task }) => task),
    );
  }

  take(call: WaitingCall): void {
    this.#calls?.take(call);
  }

  begin(call: RunningCall): void {
    this.#calls?.begin(call);
  }

  end(call: RunningCall): void {
    this.#calls?.end(call);
  }

  /** Runs those that are left in the call that was started; `undefined` where it is none of theirs. */
  runIn({ attempt, call }: Started): Promise<void> | undefined {
    return this.#calls?.run(attempt, call);
  }

  add(task: BackgroundTask, group: Group): boolean {
    for (const batch of this.#batches) checkMayJoin(task, batch);
    const isNew = !this.#members.has(task);
    if (isNew) this.#members.set(task, group);
    return this.#calls?.add(task) === true || isNew;
  }

  addAttached(group: Group): void {
    if (!this.#batches.every((batch) => batch === group.list)) throw belongsElsewhere();
    this.#members.set(group, undefined);
  }

  /** Takes in what is in `other`, which then has nothing. */
  takeOver(other: OwnTasks<Group>): void {
    for (const batch of this.#batches) other.checkMayJoin(batch);
    for (const [member, group] of other.#members) {
      if (member instanceof BackgroundTask && group) this.add(member, group);
      else this.#members.set(member, group);
    }
    other.clear();
  }

  clear(): void {
    this.#members.clear();
  }

  /** Takes them out one by one, but for cancelled tasks: those that are added meanwhile, too. */
  *taken(): Iterable<BackgroundTask | Group> {
    for (const member of this.#members.keys()) {
      this.#members.delete(member);
      if (!(member instanceof BackgroundTask && isCancelled(member))) yield member;
    }
  }

  get #batches(): object[] {
    return this.#calls?.batches ?? [];
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    yield* this.#calls?.left ?? this.#all();
  }

  *#all(): Iterable<BackgroundTask> {
    const shown = new Set<BackgroundTask>();
    for (const member of this.#members.keys()) {
      for (const task of member instanceof BackgroundTask ? [member] : member.waiting) {
        if (shown.has(task) || isCancelled(task)) continue;
        shown.add(task);
        yield task;
      }
    }
  }
}

export function belongsElsewhere(): Error {
  return new Error(
    'Cannot add these background tasks: they already belong to another response or to other tasks. ' +
      'Make a new BackgroundTasks for each response.',
  );
}
