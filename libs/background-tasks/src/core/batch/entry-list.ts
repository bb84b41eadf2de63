import { type BackgroundTask, holdCall, takeCall } from '../tasks/background-task.js';
import { Queue } from '../tasks/queue.js';
import type { TaskList } from '../tasks/task-list.js';
import type { Entry } from './batch-entry.js';
import { Identified } from './identified.js';

/** The tasks of a batch that have not started, in order. */
export abstract class EntryList<B extends { cancel(entry: Entry<B>): void }> extends Identified implements TaskList {
  readonly #entries = new Queue<Entry<B>>();

  /** How many of them wait in this process. */
  get size(): number {
    return this.#entries.size;
  }

  /** Each with what it was added with. */
  get entries(): Iterable<Entry<B>> {
    return this.#entries;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  /** The next task that will never start, settled or not. */
  takeUnsettled(): Entry<B> | undefined {
    const entry = this.#entries.take();
    if (entry !== undefined) takeCall(entry.task, entry);
    return entry;
  }

  /** Takes `entry` out: whoever does so tells what becomes of it. */
  remove(entry: Entry<B>): void {
    this.#entries.remove(entry);
    takeCall(entry.task, entry);
  }

  /** Takes in what was in another list, and has left it. */
  takeOver(entry: Entry<B>): void {
    this.put(entry);
  }

  protected put(entry: Entry<B>): void {
    this.#entries.add(entry);
    holdCall(entry.task, entry);
  }

  /** As `remove()`, for one that is its own no longer. */
  protected drop(entry: Entry<B>): void {
    this.#entries.remove(entry);
  }
}
