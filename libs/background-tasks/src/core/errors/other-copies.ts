/** What every copy of this library writes on what it makes, and where each one says that it is there. */
const COPY = Symbol.for('nestjs-background-tasks.copy');
const COPIES = Symbol.for('nestjs-background-tasks.copies');

/** The class `BackgroundTasks`, by what this needs of it. */
type TasksClass = new () => object;

/** A copy of this library, as the others know it. */
interface Copy {
  /** Its class `BackgroundTasks`. */
  tasks?: TasksClass;
  /** Tells it the class of another. */
  meet?: (tasks: TasksClass) => void;
}

const thisCopy: Copy = {};
// global, since nothing else is known to every copy
const copies: Set<Copy> = Reflect.get(globalThis, COPIES) ?? new Set();
Reflect.set(globalThis, COPIES, copies.add(thisCopy));

/** What to say wherever something would be taken for a mistake that is none, or for nothing at all. */
export const TWO_COPIES =
  'Two copies of nestjs-background-tasks are loaded, and what one of them makes means nothing to the other. ' +
  '`npm ls nestjs-background-tasks` shows where they come from; have every package ask for the same version, a library ' +
  'by its `peerDependencies`.';

/** Whether this process has loaded another copy of the library. */
export function hasOtherCopies(): boolean {
  return copies.size > 1;
}

/** Calls `meet` with the class `BackgroundTasks` of each other copy, loaded before or later, and tells those of this one. */
export function meetOtherCopies(tasks: TasksClass, meet: (tasks: TasksClass) => void): void {
  for (const other of copies) {
    if (other.tasks === undefined) continue;
    meet(other.tasks);
    other.meet?.(tasks);
  }
  Object.assign(thisCopy, { tasks, meet });
}

/** Has all that inherits from `prototype` known, in every copy, to be made by this one. */
export function markAsOfThisCopy(prototype: object): void {
  Object.defineProperty(prototype, COPY, { value: thisCopy });
}

/** Whether `value` is a task, or tasks, that another copy of the library has made; or a prototype of those. */
export function isOfAnotherCopy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const copy: unknown = Reflect.get(value, COPY);
    return copy !== undefined && copy !== thisCopy;
  } catch {
    // what cannot be looked at is no task
    return false;
  }
}
