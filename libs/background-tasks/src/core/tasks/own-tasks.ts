import { BackgroundTask, isCancelled } from './background-task.js';
import type { AddedTask, TaskList } from './task-list.js';

/** Tasks that belong to a response already, wherever they were attached. */
interface AttachedGroup {
  readonly list: TaskList;
}

/**
 * The tasks of a group that belongs to no response, each of them once.
 *
 * It may have attached groups among them, as `new BackgroundTasks([res.background, audit])` has: they are looked at when
 * it is attached itself.
 */
export class OwnTasks<Group extends AttachedGroup> implements TaskList {
  /** By each task the group that it was added with; an attached group has none. */
  readonly #members = new Map<BackgroundTask | Group, Group | undefined>();

  get list(): this {
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

  /** Whether the groups among them that are attached already are so to the response that has `list`. */
  mayJoin(list: TaskList): boolean {
    return this.attached.every((group) => group.list === list);
  }

  add(task: BackgroundTask, group: Group): boolean {
    if (this.#members.has(task)) return false;
    this.#members.set(task, group);
    return true;
  }

  addAttached(group: Group): void {
    this.#members.set(group, undefined);
  }

  /** Takes in what is in `other`, which then has nothing. */
  takeOver(other: OwnTasks<Group>): void {
    for (const [member, group] of other.#members) if (!this.#members.has(member)) this.#members.set(member, group);
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

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    const shown = new Set<BackgroundTask>();
    for (const member of this.#members.keys()) {
      for (const task of member instanceof BackgroundTask ? [member] : member.list) {
        if (shown.has(task) || isCancelled(task)) continue;
        shown.add(task);
        yield task;
      }
    }
  }
}
