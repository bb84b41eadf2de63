import type { ExecutionContext } from '@nestjs/common';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import type { Application } from './application.js';
import type { HandlerCall } from './handler-call.js';

/** What brings calls to handlers: HTTP, messages, GraphQL. */
export interface Transport {
  /**
   * Whether what a handler leads to finds its call by async context.
   *
   * In HTTP it need not: the request tells, and an `AsyncLocalStorage` for each call would cost all of them.
   */
  readonly isAmbient: boolean;

  /** A call, to be followed, for the one that `context` is about; `undefined` where no application of ours serves it. */
  callFor(context: ExecutionContext): HandlerCall | undefined;

  /** The tasks for a parameter of the handler that `context` is about, if they have anything to belong to. */
  tasksFor(context: ExecutionContext): BackgroundTasks | undefined;

  /** What else to do where `tasksFor` finds none. */
  readonly hint?: string;

  /** The tasks to inject for what Nest calls the request, if it is one of this transport. */
  tasksOfRequest?(request: unknown, application: Application): BackgroundTasks | undefined;
}
