import type { ExecutionContext } from '@nestjs/common';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import type { Application } from './application.js';
import type { HandlerCall } from './handler-call.js';

/** What brings calls to handlers: HTTP, messages, GraphQL. */
export interface Transport {
  /** A call of `application`, to be followed, for the one that `context` is about, if it is one of this transport. */
  callFor(context: ExecutionContext, application: Application): HandlerCall | undefined;

  /**
   * The tasks for a parameter of the handler that `context` is about, if they have anything to belong to.
   *
   * Nest does not say in which application it makes a parameter: that of the call that is being followed.
   */
  tasksFor(context: ExecutionContext): BackgroundTasks | undefined;

  /** What else may be the reason where `tasksFor` finds none. */
  readonly hint?: (context: ExecutionContext) => string;

  /** The tasks to inject for what Nest calls the request, if it is one of this transport. */
  tasksOfRequest?(request: unknown, application: Application): BackgroundTasks | undefined;
}
