import type { BackgroundTask } from './background-task.js';
import { BackgroundTasks, type TaskList } from './background-tasks.js';
import { described, NoActiveRequestError } from './background-tasks.errors.js';
import type { BatchRunner, HandlerAtWork } from './batch.js';
import type { CurrentRequest } from './current-request.js';
import { batchOf, rawRequestOf } from './request-batch.js';
import type { RawRequest } from './response-end.js';
import type { BackgroundTaskOptions } from './task-options.js';

/** The tasks to inject for what Nest calls the request; without one, they refuse every task. */
export function tasksOf(request: unknown, runner: BatchRunner): BackgroundTasks {
  const raw = rawRequestOf(request);
  return BackgroundTasks.on(raw === undefined ? new NoTasks(request) : batchOf(raw, runner));
}

const TASKS = Symbol('nestjs-background-tasks.tasks');

/** The tasks of whichever request is being served where they are used: one object for all of them. */
export class CurrentTasks extends BackgroundTasks {
  readonly #currentRequest: CurrentRequest;
  readonly #runner: BatchRunner;

  constructor(currentRequest: CurrentRequest, runner: BatchRunner) {
    super();
    this.#currentRequest = currentRequest;
    this.#runner = runner;
  }

  override with(options: BackgroundTaskOptions): this {
    this.actual.with(options);
    return this;
  }

  override run(): Promise<void> {
    return this.actual.run();
  }

  /** @internal */
  override get actual(): BackgroundTasks {
    const current: ((RawRequest | HandlerAtWork) & { [TASKS]?: BackgroundTasks }) | undefined =
      this.#currentRequest.get();
    if (current === undefined) return tasksOf(undefined, this.#runner);
    current[TASKS] ??= 'batch' in current ? BackgroundTasks.on(current.batch) : tasksOf(current, this.#runner);
    return current[TASKS];
  }
}

/** Where a task cannot be added, because no response will ever be over. */
class NoTasks implements TaskList {
  readonly size = 0;
  readonly #request: unknown;

  constructor(request: unknown) {
    this.#request = request;
  }

  add(task: BackgroundTask): never {
    const why =
      this.#request === undefined
        ? 'there is no HTTP request here'
        : `what Nest injects as REQUEST here is no HTTP request but ${described(this.#request)}, ` +
          'as in a durable provider tree or a message handler';
    throw new NoActiveRequestError(task.name, why);
  }

  [Symbol.iterator](): Iterator<BackgroundTask> {
    return [][Symbol.iterator]();
  }
}
