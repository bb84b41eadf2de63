import type { BackgroundTask } from '../tasks/background-task.js';
import type { DurableMethod } from '../tasks/planned-call.js';
import type { EntryOf } from './batch-entry.js';
import type { Identity } from './identified.js';
import type { Settlement, SettlingHost } from './outcome.js';
import type { Settling } from './settling.js';
import type { TaskStoreOf } from './task-store.js';

/** What runs batches; the batch says when there is something to run. */
export interface BatchRunnerOf<B> extends SettlingHost {
  /** What takes durable tasks; without one, they are run here. */
  readonly store?: TaskStoreOf<B> | undefined;
  /** Throws if nobody could run the durable `task` by its name. */
  checkDurable?(task: BackgroundTask, method: DurableMethod): void;
  /** So many tasks are about to be added to `batch`, `task` first. Throws if they cannot be, and changes nothing. */
  admit(count: number, task: BackgroundTask, batch: B): void;
  /** A task is in its batch. */
  added(entry: EntryOf<B>): void;
  /** A task is in its batch no more: it was cancelled. */
  cancelled(entry: EntryOf<B>): void;
  /** `batch`, which has tasks, has settled, with another settlement than before. */
  tellSettled(batch: B, settlement: Settlement): void;
  /** A task is about to leave `batch`: whoever is told of it later cannot cancel it. */
  tellAdded(batch: B): void;
  /** `batch` has settled, and has tasks to run. */
  run(batch: B): void;
}

/** What a batch has from elsewhere, that is not the first one of its response. */
export interface OfAnother extends Identity {
  readonly settling?: Settling;
}
