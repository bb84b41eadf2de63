import { basename, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { described } from '../core/errors/wording.js';
import { currentTask } from '../core/running/current-task.js';
import { BackgroundTask } from '../core/tasks/background-task.js';
import { WorkerPool } from './worker-pool.js';

/**
 * A call of a file's default export, made in a worker thread: for work that keeps the CPU busy.
 *
 * It is a task like any other, named after its file. When its signal aborts, on a timeout or by the
 * drain, the thread is terminated, whatever it does; time spent waiting for a free thread counts.
 * The payload is held by reference until a thread takes the task, and copied then (structured clone):
 * one that cannot be copied, a function say, fails the task. Nothing else reaches the thread, neither
 * `currentTask()` nor `AsyncLocalStorage` stores, and what the file returns is thrown away.
 *
 * @throws TypeError when `file` is neither an absolute path nor a file URL.
 *
 * @example
 * // write-report.js: export default ({ month }) => { … }
 * tasks.addTask(new WorkerTask(new URL('./write-report.js', import.meta.url), { month: '2024-05' }));
 */
export class WorkerTask extends BackgroundTask<[payload: unknown]> {
  constructor(file: string | URL, payload?: unknown) {
    const path = pathOf(file);
    super((given) => WorkerPool.current.run(path, given, signalOfTask()), payload);
    this.with({ name: basename(path) });
  }
}

function pathOf(file: string | URL): string {
  if (typeof file === 'string' && isAbsolute(file)) return file;
  try {
    return fileURLToPath(file);
  } catch {
    throw new TypeError(
      `Cannot make a WorkerTask of ${described(file)}: it is neither an absolute path nor a file URL. ` +
        "Write `new URL('./report.js', import.meta.url)`, or `join(__dirname, 'report.js')` in CommonJS.",
    );
  }
}

/** Piscina lets tasks without a signal share a thread, so that the end of one would be the end of others. */
function signalOfTask(): AbortSignal {
  return currentTask()?.signal ?? new AbortController().signal;
}
