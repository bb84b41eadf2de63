import type { Batch } from '../batch/batch.js';
import { platformRequestOf } from '../http/platform-request.js';
import type { WaitUntil } from '../options/background-tasks.options.js';
import type { TaskLog } from '../reports/task-log.js';

/** Has the platform wait for each batch that has tasks: it may freeze the process once it has a response. */
export class PlatformWait {
  readonly #waitUntil: WaitUntil;
  readonly #log: TaskLog;
  readonly #awaited = new WeakSet<Batch>();

  constructor(waitUntil: WaitUntil, log: TaskLog) {
    this.#waitUntil = waitUntil;
    this.#log = log;
  }

  /** Once, until `batch` has finished. */
  waitFor(batch: Batch): void {
    if (this.#awaited.has(batch)) return;
    this.#awaited.add(batch);
    const finished = new Promise<void>((resolve) => {
      batch.onceFinished(() => {
        this.#awaited.delete(batch);
        resolve();
      });
    });
    void this.#tell(finished, batch);
  }

  /** Up to its first `await` in the async context of whoever adds the task. */
  async #tell(finished: Promise<void>, batch: Batch): Promise<void> {
    try {
      // an async function is welcome, too: it may reject
      const result: unknown = this.#waitUntil(finished, platformRequestOf(batch.request));
      await result;
    } catch (error) {
      this.#log.waitUntilFailed(error);
    }
  }
}
