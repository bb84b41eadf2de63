import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, Observable, tap } from 'rxjs';
import type { BatchRunner } from '../batch/batch.js';
import { requestOfResolver, runnerOfResolver } from '../graphql/operation.js';
import { HandlerCall } from '../calls/handler-call.js';
import { OwnCall } from '../calls/own-call.js';
import { rawRequestOf, rawResponseOf, rememberResponse } from '../http/request.js';
import { RequestCall } from '../http/request-call.js';
import { runnerOf, runnerOfMessages } from '../calls/application.js';
import { ResolverCall } from '../graphql/resolver-call.js';

/** Follows what becomes of a handler, for the batch of its request or message. */
class BackgroundTasksInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    switch (context.getType<string>()) {
      case 'http':
        return followRequest(context, next);
      case 'rpc':
      case 'ws':
        return followMessage(context, next);
      case 'graphql':
        return followResolver(context, next);
      default:
        return next.handle();
    }
  }
}

function followRequest(context: ExecutionContext, next: CallHandler): Observable<unknown> {
  const request: object = context.getArgByIndex(0);
  const raw = rawRequestOf(request);
  // a platform keeps it where its middleware can: on what it hands out, or on Node's own
  const runner = runnerOf(request) ?? (raw && runnerOf(raw));
  if (raw === undefined || runner === undefined || RequestCall.isFollowed(raw, context)) return next.handle();
  rememberResponse(raw, rawResponseOf(context.getArgByIndex(1)));
  return follow(next.handle(), new RequestCall(raw, runner, context));
}

function followMessage(context: ExecutionContext, next: CallHandler): Observable<unknown> {
  const runner = runnerOfMessages(context.getClass());
  if (runner === undefined || isCurrent(context, runner)) return next.handle();
  return followWithin(new OwnCall(runner, context), runner, next);
}

function followResolver(context: ExecutionContext, next: CallHandler): Observable<unknown> {
  const runner = runnerOfResolver(context);
  if (runner === undefined || isCurrent(context, runner)) return next.handle();
  const request = requestOfResolver(context);
  const call = request === undefined ? new OwnCall(runner, context) : new ResolverCall(request, runner, context);
  return followWithin(call, runner, next);
}

/** Whether the call that `context` is about is being followed already. */
function isCurrent(context: ExecutionContext, { currentRequest }: BatchRunner): boolean {
  const call = currentRequest.get();
  return call instanceof HandlerCall && call.isAbout(context);
}

/**
 * Where no request tells to whom a task belongs, what the handler leads to has to: the handler itself, and the
 * operators of the interceptors inside.
 */
function followWithin(call: HandlerCall, { currentRequest }: BatchRunner, next: CallHandler): Observable<unknown> {
  const answers = currentRequest.enter(call, () => next.handle());
  return follow(new Observable((subscriber) => currentRequest.enter(call, () => answers.subscribe(subscriber))), call);
}

function follow(answers: Observable<unknown>, call: HandlerCall): Observable<unknown> {
  return answers.pipe(
    tap({
      subscribe: () => call.started(),
      next: () => call.answered(),
      complete: () => call.ended('completed'),
      error: () => call.ended('errored'),
    }),
    // not the tap's own `unsubscribe`: it is not called where the teardown of the handler throws
    finalize(() => call.ended('torn down')),
  );
}

/** The only one there is: it knows nothing, so handlers of any application can share it. */
export const backgroundTasksInterceptor = new BackgroundTasksInterceptor();
