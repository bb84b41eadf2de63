import type { Batch } from '../batch/batch.js';
import type { OpenBatches } from '../calls/open-batches.js';
import { TooManyBackgroundTasksError } from '../errors/background-tasks.errors.js';
import { nameOf } from '../errors/wording.js';
import { RefusalWarning } from '../reports/refusal-warning.js';
import type { TaskReports } from '../reports/task-reports.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import { namesIn } from './names-in.js';

/** Refuses what would be more than `maxPending` tasks, and says so. */
export class Refusals {
  readonly #reports: TaskReports;
  readonly #openBatches: OpenBatches;
  readonly #warning: RefusalWarning;

  constructor(reports: TaskReports, openBatches: OpenBatches) {
    this.#reports = reports;
    this.#openBatches = openBatches;
    this.#warning = new RefusalWarning(reports.log);
  }

  /** @throws TooManyBackgroundTasksError for what is not taken in, which is told. */
  refuse(count: number, task: BackgroundTask, batch: Batch, maxPending: number): never {
    const name = nameOf(task);
    this.#reports.refused(batch, { name, count, maxPending });
    const { unfinished } = this.#openBatches;
    this.#warning.refused(name, count, maxPending, () => ({
      waiting: unfinished,
      running: namesIn(unfinished).running,
    }));
    throw new TooManyBackgroundTasksError(name, maxPending);
  }
}
