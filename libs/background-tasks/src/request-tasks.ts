import type { BackgroundTask } from './background-task.js';
import { BackgroundTasks, type TaskList } from './background-tasks.js';
import { described, NoActiveRequestError } from './background-tasks.errors.js';
import type { Batch, BatchRunner } from './batch.js';
import { requestOfOperation } from './graphql-operation.js';
import { HandlerCall } from './handler-call.js';
import { batchOf, rawRequestOf } from './request-batch.js';
import type { RawRequest } from './response-end.js';
import type { BackgroundTaskOptions } from './task-options.js';

/**
 * The tasks to inject for what Nest calls the request.
 *
 * For a resolver, Nest says the context of its operation. A message has nothing that tells it from others of
 * its connection: there the call that is at work is looked up when a task is added.
 */
export function tasksOf(request: unknown, runner: BatchRunner): BackgroundTasks {
  const raw = rawRequestOf(request) ?? requestOfOperation(request);
  return raw === undefined ? new CurrentTasks(runner, request) : BackgroundTasks.on(batchOf(raw, runner));
}

const TASKS = Symbol('nestjs-background-tasks.tasks');

/** The tasks of whichever request, or call, is being served where they are used. */
export class CurrentTasks extends BackgroundTasks {
  readonly #runner: BatchRunner;
  readonly #injectedFor: unknown;

  constructor(runner: BatchRunner, injectedFor?: unknown) {
    super();
    this.#runner = runner;
    this.#injectedFor = injectedFor;
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
    const current: { [TASKS]?: BackgroundTasks } | undefined = this.#runner.currentRequest.get();
    if (current === undefined) return BackgroundTasks.on(new NoTasks(this.#injectedFor));
    current[TASKS] ??= BackgroundTasks.on(this.#batchOf(current));
    return current[TASKS];
  }

  #batchOf(current: object): Batch {
    return current instanceof HandlerCall ? current.batch : batchOf(current as RawRequest, this.#runner);
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
          'as in a durable provider tree, or before a message has reached its handler';
    throw new NoActiveRequestError(task.name, why);
  }

  [Symbol.iterator](): Iterator<BackgroundTask> {
    return [][Symbol.iterator]();
  }
}
