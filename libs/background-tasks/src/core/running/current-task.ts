import { AsyncLocalStorage } from 'node:async_hooks';
import { quoted } from '../errors/wording.js';
import type { Outcome, TaskContext } from '../tasks/task-context.js';
import type { EndingAttempt } from '../tasks/task-result.js';
import { withinTime } from './time-limit.js';

/** One attempt of a task: what the task knows of itself, and how it is told to stop. */
export class Attempt implements TaskContext, EndingAttempt {
  #controller?: AbortController;
  #onceGivenUp?: (reason: unknown) => void;

  constructor(
    readonly name: string,
    readonly attempt: number,
    readonly outcome: Outcome,
    readonly aborted: boolean,
    readonly status: number | undefined,
  ) {}

  /** Made when somebody asks: most tasks never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
    this.#onceGivenUp?.(reason);
  }

  onceGivenUp(callback: (reason: unknown) => void): void {
    this.#onceGivenUp = callback;
    if (this.#controller?.signal.aborted) callback(this.#controller.signal.reason);
  }

  /** Settles as `work` does, or rejects after `timeout` milliseconds, with the signal aborted. */
  limit(timeout: number, work: Promise<void>): Promise<void> {
    return withinTime(work, timeout, () => {
      const error = new DOMException(
        `${quoted([this.name])} took longer than its timeout of ${timeout} ms.`,
        'TimeoutError',
      );
      this.abort(error);
      return error;
    });
  }
}

interface Current {
  readonly task: TaskContext;
  isOver: boolean;
}

const storage = new AsyncLocalStorage<Current>();

/** How many need the storage: calls that have a current task and are not over, and whoever makes them. */
let holders = 0;

/**
 * Keeps the storage in use from one call to the next; each hold needs a release.
 *
 * Up to Node 22, an `AsyncLocalStorage` in use makes every promise of the process dearer, those of
 * requests without tasks, too. So it is given up when nobody holds it, but not between the tasks of a
 * batch: using it again costs more than a small task.
 */
export function holdCurrentTask(): void {
  holders++;
}

export function releaseCurrentTask(): void {
  holders--;
  if (holders === 0) storage.disable();
}

/**
 * The task that is running here, or `undefined` outside one.
 *
 * It follows the task through its awaits and timers, also after a timeout, until its function has
 * ended. What the task started without awaiting it has none from then on.
 */
export function currentTask(): TaskContext | undefined {
  const current = storage.getStore();
  return current === undefined || current.isOver ? undefined : current.task;
}

/**
 * Makes `call` with `task` as its current task, until the promise that it returns has settled.
 *
 * That promise is handed to `limit` within the same context; what `limit` makes of it is returned.
 */
export function runAsCurrentTask(
  task: TaskContext,
  call: () => Promise<void> | undefined,
  limit: (work: Promise<void>) => Promise<void>,
): Promise<void> | undefined {
  const current = { task, isOver: false };
  const end = (): void => {
    current.isOver = true;
    releaseCurrentTask();
  };
  let work: Promise<void> | undefined;
  holdCurrentTask();
  try {
    return storage.run(current, () => {
      work = call();
      return work && limit(work);
    });
  } finally {
    if (work === undefined) end();
    else work.then(end, end);
  }
}
