import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { RequestCall } from './request-call.js';
import { rawRequestOf, rawResponseOf, rememberResponse } from './request-batch.js';
import { runnerOf } from './request-runner.js';

/** Follows what becomes of a handler, for the batch of its request. */
class BackgroundTasksInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request: object = context.getArgByIndex(0);
    const raw = rawRequestOf(request);
    // a platform keeps it where its middleware can: on what it hands out, or on Node's own
    const runner = runnerOf(request) ?? (raw && runnerOf(raw));
    if (raw === undefined || runner === undefined || RequestCall.isFollowed(raw, context)) return next.handle();
    rememberResponse(raw, rawResponseOf(context.getArgByIndex(1)));
    const call = new RequestCall(context, raw, runner);
    return next.handle().pipe(
      tap({
        subscribe: () => call.started(),
        complete: () => call.ended('completed'),
        error: () => call.ended('errored'),
        unsubscribe: () => call.ended('torn down'),
      }),
    );
  }
}

/** The only one there is: it knows nothing, so handlers of any application can share it. */
export const backgroundTasksInterceptor = new BackgroundTasksInterceptor();
