import type { Application } from '../calls/application.js';
import { applicationsOfHandlers } from '../calls/shared-handlers.js';
import { applicationsOfRequest, type MaybeServed } from '../calls/shared-requests.js';
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
  readonly #platformRequest: MaybeServed;
  readonly #handlers: object;
  #call?: RequestCall;
  #group?: TaskGroup;

  /** For a handler of the class `handlers`, called for `request`, which the platform hands out as `platformRequest`. */
  constructor(request: RawRequest, platformRequest: MaybeServed, handlers: object) {
    this.request = request;
    this.#platformRequest = platformRequest;
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

  /** Before its handler is called only a pipe can use them. */
  #tasksOfRequest(): BackgroundTasks {
    const application = this.#likelyApplication;
    if (application !== undefined) return tasksOfRequest(this.request, application);
    throw new NoActiveRequestError('a task', 'BackgroundTasksModule is not imported');
  }

  /** Of those that have the handler, one whose server has made the request; where those share a server, too, the last one. */
  get #likelyApplication(): Application | undefined {
    const applications = applicationsOfHandlers(this.#handlers);
    const serving = applicationsOfRequest(this.#platformRequest) ?? [];
    return applications.find((each) => serving.includes(each)) ?? applications[0];
  }
}

/** Tasks for a parameter of a handler of the class `handlers` that is about to be called for `request`. */
export function tasksForParameter(request: RawRequest, platformRequest: object, handlers: object): BackgroundTasks {
  return tasksFrom(new ParameterTasks(request, platformRequest, handlers));
}

/** Where `argument` is looked up, if it was made for a parameter. */
export function parameterTasksIn(argument: unknown): ParameterTasks | undefined {
  if (!(argument instanceof BackgroundTasks)) return undefined;
  const source = sourceOf(argument);
  return source instanceof ParameterTasks ? source : undefined;
}
