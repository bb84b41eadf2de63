import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, type Observable, tap } from 'rxjs';
import type { HandlerCall } from './handler-call.js';
import { MessageCall } from './message-call.js';
import { RequestCall } from './request-call.js';
import { rawRequestOf, rawResponseOf, rememberResponse } from './request-batch.js';
import { runnerOf, runnerOfMessages } from './request-runner.js';

/** Follows what becomes of a handler, for the batch of its request or message. */
class BackgroundTasksInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    switch (context.getType<string>()) {
      case 'http':
        return followRequest(context, next);
      case 'rpc':
      case 'ws':
        return followMessage(context, next);
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
  return follow(next.handle(), new RequestCall(context, raw, runner));
}

function followMessage(context: ExecutionContext, next: CallHandler): Observable<unknown> {
  const runner = runnerOfMessages(context.getClass());
  if (runner === undefined || MessageCall.isFollowed(context, runner)) return next.handle();
  const call = new MessageCall(context, runner);
  const answers = runner.currentRequest.enter(call, () => next.handle()).pipe(tap(() => call.reply.begun()));
  return follow(answers, call);
}

function follow(answers: Observable<unknown>, call: HandlerCall): Observable<unknown> {
  return answers.pipe(
    tap({
      subscribe: () => call.started(),
      complete: () => call.ended('completed'),
      error: () => call.ended('errored'),
    }),
    // not the tap's own `unsubscribe`: it is not called where the teardown of the handler throws
    finalize(() => call.ended('torn down')),
  );
}

/** The only one there is: it knows nothing, so handlers of any application can share it. */
export const backgroundTasksInterceptor = new BackgroundTasksInterceptor();
