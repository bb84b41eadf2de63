import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type NestMiddleware,
  Scope,
} from '@nestjs/common';
import { BackgroundTasks, type TaskInterceptor, currentTask, type TaskContext } from 'nestjs-background-tasks';
import { type Observable, tap, throwError } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { Stage } from './stage.js';
import { turns } from './turns.js';
import { Visit } from './visit.js';
import { meet, type RawResponse } from './watch.js';

interface RawRequest {
  readonly url: string;
  readonly originalUrl?: string;
}

function visitOf(stage: Stage, { url, originalUrl = url }: RawRequest): Visit {
  return new Visit(stage, stage.requestAt(originalUrl));
}

@Injectable({ scope: Scope.REQUEST })
export class AddingMiddleware implements NestMiddleware {
  constructor(
    @Inject(BackgroundTasks) private readonly injected: BackgroundTasks,
    @Inject(Stage) private readonly stage: Stage,
  ) {}

  use(request: RawRequest, response: RawResponse, next: () => void): void {
    const visit = visitOf(this.stage, request);
    meet(visit.seen, response);
    visit.addAt('middleware', { injected: this.injected, response });
    const { ending } = visit.plan;
    if (ending === 'middleware-throws') throw new BadRequestException();
    if (ending !== 'middleware-answers') return next();
    response.statusCode = 202;
    response.end('answered by middleware');
  }
}

@Injectable({ scope: Scope.REQUEST })
export class AddingGuard implements CanActivate {
  constructor(
    @Inject(BackgroundTasks) private readonly injected: BackgroundTasks,
    @Inject(Stage) private readonly stage: Stage,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const visit = visitOf(this.stage, http.getRequest());
    await this.stage.track(turns(visit.plan.turns));
    visit.addAt('guard', { injected: this.injected, response: http.getResponse<Reply>() });
    await this.stage.track(turns(visit.plan.turns));
    return visit.plan.ending !== 'denied';
  }
}

/** Stands within the library's own interceptor: it sees the handler end before the library does. */
@Injectable()
export class SeesHandler implements NestInterceptor {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { seen } = visitOf(this.stage, context.switchToHttp().getRequest());
    const mark = (state: typeof seen.handler) => () => {
      seen.handler = state;
    };
    return next.handle().pipe(
      tap({
        subscribe: () => seen.markHandlerStarted(),
        complete: mark('completed'),
        error: mark('errored'),
        unsubscribe: mark('torn down'),
      }),
    );
  }
}

@Injectable()
export class Throws implements NestInterceptor {
  intercept(): Observable<never> {
    return throwError(() => new Error('inner interceptor'));
  }
}

@Catch()
export class AnswersFine implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(200).send('all is fine');
  }
}

/** Wraps the attempts of tasks, in rounds that have it. */
@Injectable()
export class AroundAttempts implements TaskInterceptor {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  async intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    if (currentTask() !== task) this.stage.complain(`${task.name} is not the current task of its interceptor`);
    await next();
  }
}
