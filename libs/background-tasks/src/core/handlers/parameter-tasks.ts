import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import type { RawRequest } from '../http/raw.js';
import type { RequestCall } from '../http/request-call.js';
import { tasksOfRequest } from '../http/request.js';
import { BackgroundTasks, groupOf, sourceOf, tasksFrom } from '../tasks/background-tasks.js';
import type { TaskGroup, TaskSource } from '../tasks/task-group.js';

/**
 * Where the tasks for a parameter of a handler are looked up, made before its call: which application makes it is known
 * when the handler is called, by whose controller that is.
 */
export class ParameterTasks implements TaskSource {
  readonly request: RawRequest;
  readonly #handlers: object;
  #call?: RequestCall;
  #group?: TaskGroup;

  /** For a handler of the class `handlers`, called for `request`. */
  constructor(request: RawRequest, handlers: object) {
    this.request = request;
    this.#handlers = handlers;
  }

  /** Whether the handler that they are for has been called. */
  get isTaken(): boolean {
    return this.#call !== undefined;
  }

  /** They are those of `call`. */
  take(call: RequestCall): void {
    this.#call = call;
  }

  get group(): TaskGroup {
    this.#group ??= this.#call?.newGroup() ?? groupOf(this.#tasksOfRequest());
    return this.#group;
  }

  /** Before its handler is called only a pipe can use them, and where applications share the class, nothing tells. */
  #tasksOfRequest(): BackgroundTasks {
    const [application] = applicationsOfHandlers(this.#handlers);
    if (application !== undefined) return tasksOfRequest(this.request, application);
    throw new NoActiveRequestError('a task', 'BackgroundTasksModule is not imported');
  }
}

/** Tasks for a parameter of a handler of the class `handlers` that is about to be called for `request`. */
export function tasksForParameter(request: RawRequest, handlers: object): BackgroundTasks {
  return tasksFrom(new ParameterTasks(request, handlers));
}

/** Where `argument` is looked up, if it was made for a parameter. */
export function parameterTasksIn(argument: unknown): ParameterTasks | undefined {
  if (!(argument instanceof BackgroundTasks)) return undefined;
  const source = sourceOf(argument);
  return source instanceof ParameterTasks ? source : undefined;
}
