import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { BackgroundTasksRunner } from './background-tasks.runner.js';
import { batchOf, rawRequestOf, rawResponseOf } from './request-batch.js';

/** Tells the batch of a request when its handler is at work, and how that ended. */
@Injectable()
export class BackgroundTasksInterceptor implements NestInterceptor {
  constructor(@Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = context.getType() === 'http' ? rawRequestOf(http.getRequest()) : undefined;
    if (request === undefined) return next.handle();
    const batch = batchOf(request, this.runner);
    batch.answeredBy(rawResponseOf(http.getResponse()));
    return next.handle().pipe(
      tap({
        subscribe: () => batch.handlerStarted(),
        complete: () => batch.handlerEnded('completed'),
        error: () => batch.handlerEnded('errored'),
        unsubscribe: () => batch.handlerEnded('torn down'),
      }),
    );
  }
}
