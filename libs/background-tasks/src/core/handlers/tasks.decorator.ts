import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { innermostCall } from '../calls/current-call.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { rawRequestOf, rawResponseOf, type RawResponse } from '../http/raw.js';
import { lastCallOn, rememberResponse } from '../http/request.js';
import { hideParameterType } from '../nest/metadata.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { tasksForParameter } from './parameter-tasks.js';
import { leadsToStandIn } from './stand-in.js';
import { transportOf } from './transports.js';

function tasksOfHandler(_: undefined, context: ExecutionContext): BackgroundTasks {
  const own = tasksBefore(context);
  if (own !== undefined) return own;
  const transport = transportOf(context);
  // what the library does not know has the tasks of the call that it is made in, if any
  const tasks = transport === undefined ? innermostCall()?.tasksForParameter() : transport.tasksFor(context);
  if (tasks !== undefined) return tasks;
  throw new NoActiveRequestError(
    `${context.getClass().name}.${context.getHandler().name}`,
    'its BackgroundTasks parameter has no HTTP request to belong to, or BackgroundTasksModule is not imported' +
      (transport?.hint?.(context) ?? ''),
  );
}

/** Where the handler is followed by what stands in for it, its call has not begun. */
function tasksBefore(context: ExecutionContext): BackgroundTasks | undefined {
  const platformRequest = context.getArgByIndex<object>(0);
  const request = rawRequestOf(platformRequest);
  if (request === undefined || isFollowed(context, lastCallOn(request))) return undefined;
  if (!leadsToStandIn(context.getHandler())) return undefined;
  rememberResponse(request, rawResponseOf(context.getArgByIndex<RawResponse>(1)));
  return tasksForParameter(request, platformRequest, context.getClass());
}

/** Whether `call` is that of this handler, by an interceptor. The request may have come from another handler that is at work. */
function isFollowed(context: ExecutionContext, call: HandlerCall | undefined): boolean {
  return call?.state === 'running' && call.handler?.getHandler() === context.getHandler();
}

const decorate = createParamDecorator(tasksOfHandler);

/** Whether `factory` is what makes the value of a parameter decorated with `@Tasks()`. */
export function isTasksParameter(factory: unknown): boolean {
  return factory === tasksOfHandler;
}

/**
 * Injects the tasks of this request into a handler parameter.
 *
 * The parameter's type alone is enough where the compiler emits types (`emitDecoratorMetadata`); esbuild, tsx, and
 * vitest with a Vite before 8 do not, and this decorator is needed.
 *
 * @example
 * signUp(@Body() dto: SignUpDto, @Tasks() tasks: BackgroundTasks) { … }
 */
export function Tasks(): ParameterDecorator {
  return (target, key, index) => {
    if (key === undefined) {
      throw new TypeError(
        `Cannot use @Tasks() in the constructor of \`${(target as { name: string }).name}\`: it is for parameters of ` +
          'handlers. There, `private readonly tasks: BackgroundTasks` needs no decorator.',
      );
    }
    // a pipe that transforms by type (`validateCustomDecorators`) would hand the handler a copy
    hideParameterType(target, key, index);
    decorate()(target, key, index);
  };
}
