import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import type { Batch, BatchRunner } from '../batch/batch.js';
import { requestOfResolver, runnerOfResolver } from '../graphql/operation.js';
import { HandlerCall } from '../calls/handler-call.js';
import { batchOf, handlerOf, rawRequestOf } from '../http/request.js';
import { runnerOfMessages } from '../calls/application.js';

function tasksOfHandler(_: undefined, context: ExecutionContext): BackgroundTasks {
  const batch = batchOfHandler(context);
  if (batch !== undefined) return BackgroundTasks.on(batch);
  const hint =
    context.getType<string>() === 'graphql'
      ? "; where it resolves a field of a subscription's events, GraphQLModule needs " +
        "`fieldResolverEnhancers: ['interceptors']`"
      : '';
  throw new NoActiveRequestError(
    `${context.getClass().name}.${context.getHandler().name}`,
    `its BackgroundTasks parameter has no HTTP request to belong to, or BackgroundTasksModule is not imported${hint}`,
  );
}

function batchOfHandler(context: ExecutionContext): Batch | undefined {
  switch (context.getType<string>()) {
    case 'http': {
      const request = rawRequestOf(context.getArgByIndex(0));
      return request && handlerOf(request)?.batch;
    }
    case 'graphql':
      return batchOfResolver(context, runnerOfResolver(context));
    default:
      return currentCall(runnerOfMessages(context.getClass()))?.batch;
  }
}

/** Resolvers of fields are not followed, unless `fieldResolverEnhancers` says so. */
function batchOfResolver(context: ExecutionContext, runner: BatchRunner | undefined): Batch | undefined {
  const request = requestOfResolver(context);
  if (request === undefined) return currentCall(runner)?.batch;
  return runner && batchOf(request, runner);
}

function currentCall(runner: BatchRunner | undefined): HandlerCall | undefined {
  const call = runner?.currentRequest.get();
  return call instanceof HandlerCall ? call : undefined;
}

const decorate = createParamDecorator(tasksOfHandler);

/** Whether `factory` is what makes the value of a parameter decorated with `@Tasks()`. */
export function isTasksParameter(factory: unknown): boolean {
  return factory === tasksOfHandler;
}

/**
 * Injects the tasks of this request into a handler parameter.
 *
 * The parameter's type alone is enough where the compiler emits types (`emitDecoratorMetadata`); with
 * esbuild, tsx, or vitest's default it does not, and this decorator is needed.
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
    hideParameterType(target, key, index);
    decorate()(target, key, index);
  };
}

/** Keeps pipes that transform by type (`validateCustomDecorators`) from handing the handler a copy. */
function hideParameterType(target: object, key: string | symbol, index: number): void {
  const types: unknown = Reflect.getMetadata('design:paramtypes', target, key);
  if (!Array.isArray(types)) return;
  Reflect.defineMetadata('design:paramtypes', types.with(index, Object), target, key);
}
