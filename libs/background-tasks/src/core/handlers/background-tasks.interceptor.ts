import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { finalize, Observable, tap } from 'rxjs';
import { followedCall, type HandlerCall, rememberCall } from '../calls/handler-call.js';
import type { Transport } from '../calls/transport.js';
import { transportOf } from './transports.js';

/** Follows what becomes of a handler, for the batch of its request or message. */
class BackgroundTasksInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const transport = transportOf(context);
    if (transport === undefined) return next.handle();
    const followed = followedCall(context);
    // an interceptor in between may have called back from elsewhere
    if (followed !== undefined) return answersOf(followed, transport, next);
    const call = transport.callFor(context);
    if (call === undefined) return next.handle();
    rememberCall(context, call);
    return follow(call, answersOf(call, transport, next));
  }
}

function answersOf(call: HandlerCall, { isAmbient }: Transport, next: CallHandler): Observable<unknown> {
  return isAmbient ? answersWithin(call, next) : next.handle();
}

/** The answers of a handler that finds its call by async context, as do the operators of interceptors inside. */
function answersWithin(call: HandlerCall, next: CallHandler): Observable<unknown> {
  const answers = call.within(() => next.handle());
  return new Observable((subscriber) => call.within(() => answers.subscribe(subscriber)));
}

function follow(call: HandlerCall, answers: Observable<unknown>): Observable<unknown> {
  return answers.pipe(
    tap({
      subscribe: () => call.start(),
      next: () => call.answer(),
      complete: () => call.end('completed'),
      error: () => call.end('errored'),
    }),
    // not the tap's own `unsubscribe`: it is not called where the teardown of the handler throws
    finalize(() => call.end('torn down')),
  );
}

/** The only one there is: it knows nothing, so handlers of any application can share it. */
export const backgroundTasksInterceptor = new BackgroundTasksInterceptor();
