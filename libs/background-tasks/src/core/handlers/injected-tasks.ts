import type { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasks, type TaskList } from '../tasks/background-tasks.js';
import { described, NoActiveRequestError } from '../errors/background-tasks.errors.js';
import type { Batch, BatchRunner } from '../batch/batch.js';
import { requestOfOperation } from '../graphql/operation.js';
import { HandlerCall } from '../calls/handler-call.js';
import { batchOf, rawRequestOf } from '../http/request.js';
import type { RawRequest } from '../http/http-response.js';
import type { BackgroundTaskOptions } from '../tasks/task-options.js';

/** The tasks to inject for what Nest calls the request. */
export function tasksOf(request: unknown, runner: BatchRunner): BackgroundTasks {
  const raw = rawRequestOf(request);
  if (raw !== undefined) return BackgroundTasks.on(batchOf(raw, runner));
  // for a resolver, Nest says the context of its operation
  const requestOfResolvers = requestOfOperation(request);
  if (requestOfResolvers !== undefined) return new SharedTasks(batchOf(requestOfResolvers, runner));
  // a message has nothing that tells it from others of its connection
  return new CurrentTasks(runner, request);
}

const TASKS = Symbol('nestjs-background-tasks.tasks');

/** The tasks of `list` that `keeper` uses: they have the options that it has set on them. */
function tasksKeptBy(keeper: object, list: TaskList): BackgroundTasks {
  const slots = keeper as { [TASKS]?: BackgroundTasks };
  slots[TASKS] ??= BackgroundTasks.on(list);
  return slots[TASKS];
}

/** Tasks that are looked up wherever they are used. */
abstract class FoundTasks extends BackgroundTasks {
  /** @internal */
  abstract override get actual(): BackgroundTasks;

  override with(options: BackgroundTaskOptions): this {
    this.actual.with(options);
    return this;
  }

  override run(): Promise<void> {
    return this.actual.run();
  }
}

/** The tasks of a batch that several handlers share: those of the one at work where they are used. */
class SharedTasks extends FoundTasks {
  readonly #batch: Batch;

  constructor(batch: Batch) {
    super();
    this.#batch = batch;
  }

  /** @internal */
  override get actual(): BackgroundTasks {
    return tasksKeptBy(this.#batch.adder ?? this.#batch, this.#batch);
  }
}

/** The tasks of whichever request, or call, is being served where they are used. */
export class CurrentTasks extends FoundTasks {
  readonly #runner: BatchRunner;
  readonly #injectedFor: unknown;

  constructor(runner: BatchRunner, injectedFor?: unknown) {
    super();
    this.#runner = runner;
    this.#injectedFor = injectedFor;
  }

  /** @internal */
  override get actual(): BackgroundTasks {
    const current = this.#runner.currentRequest.get();
    if (current === undefined) return BackgroundTasks.on(new NoTasks(this.#injectedFor));
    return tasksKeptBy(current, this.#batchOf(current));
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
          'as in a durable provider tree, before a message has reached its handler, or in a GraphQL field of a message that ' +
          'is not followed';
    throw new NoActiveRequestError(task.name, why);
  }

  [Symbol.iterator](): Iterator<BackgroundTask> {
    return [][Symbol.iterator]();
  }
}
