import {
  type ArgumentsHost,
  type ArgumentMetadata,
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
  type PipeTransform,
} from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { type Observable, tap, throwError } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { Stage } from './stage.js';
import { turns } from './turns.js';
import { Visit } from './visit.js';
import { meet, type RawResponse } from './watch.js';

export interface RawRequest {
  readonly url: string;
  readonly originalUrl?: string;
  readonly socket: { readonly destroyed: boolean };
}

export function visitOf(stage: Stage, { url, originalUrl = url }: RawRequest): Visit {
  return new Visit(stage, stage.requestAt(originalUrl));
}

/** What is given to `app.use()`, before all that Nest does: nothing leads from there to the tasks but the response. */
export function firstMiddleware(stage: Stage) {
  return (request: RawRequest, response: RawResponse, next: (error?: unknown) => void): void => {
    const visit = visitOf(stage, request);
    meet(visit.seen, response);
    try {
      visit.addAt('app.use', { response });
    } catch (error) {
      return next(error);
    }
    next();
  };
}

/** Goes on in the async context of another request, in rounds that have a pool. */
@Injectable()
export class PoolMiddleware implements NestMiddleware {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  use(_request: RawRequest, _response: RawResponse, next: () => void): void {
    if (this.stage.plan.hasPool) this.stage.pool.query(next);
    else next();
  }
}

/** Made for each request, unless the tasks are a singleton. */
@Injectable()
export class AddingMiddleware implements NestMiddleware {
  constructor(
    @Inject(BackgroundTasks) private readonly injected: BackgroundTasks,
    @Inject(Stage) private readonly stage: Stage,
  ) {}

  use(request: RawRequest, response: RawResponse, next: (error?: unknown) => void): void {
    const visit = visitOf(this.stage, request);
    meet(visit.seen, response);
    if (visit.plan.dawdlesAt !== 'middleware') return this.#goOn(visit, response, next);
    void visit.dawdleAt('middleware').then(() => {
      try {
        this.#goOn(visit, response, next);
      } catch (error) {
        next(error);
      }
    });
  }

  #goOn(visit: Visit, response: RawResponse, next: () => void): void {
    visit.addAt('middleware', { injected: this.injected, response });
    const { ending } = visit.plan;
    if (ending === 'middleware-throws') throw new BadRequestException();
    if (ending !== 'middleware-answers') return next();
    response.statusCode = 202;
    response.end('answered by middleware');
  }
}

/** Made for each request, unless the tasks are a singleton. */
@Injectable()
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
    if (visit.plan.ending === 'held-up') return new Promise(() => undefined);
    await this.stage.track(turns(visit.plan.turns));
    return visit.plan.ending !== 'denied';
  }
}

/** Made for each request, unless the tasks are a singleton. */
@Injectable()
export class AddingPipe implements PipeTransform {
  constructor(
    @Inject(BackgroundTasks) private readonly injected: BackgroundTasks,
    @Inject(Stage) private readonly stage: Stage,
  ) {}

  async transform(value: unknown, { data }: ArgumentMetadata): Promise<unknown> {
    if (data !== 'id') return value;
    const visit = new Visit(this.stage, this.stage.requestAt(String(value)));
    await visit.working(async () => {
      await visit.dawdleAt('pipe');
      visit.addAt('pipe', { injected: this.injected });
    });
    return value;
  }
}

/** Stands within the library's own interceptor: it sees the handler end before the library does. */
@Injectable()
export class SeesHandler implements NestInterceptor {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<RawRequest>();
    const { seen } = visitOf(this.stage, request);
    // the library may hear of it before whoever watches here does
    const hasLeft = (): boolean => seen.left !== undefined || request.socket.destroyed;
    let call: ReturnType<typeof seen.startCall> | undefined;
    const mark = (state: NonNullable<typeof call>['state']) => () => {
      if (call === undefined) return;
      call.state = state;
      call.status = seen.response?.statusCode;
    };
    return next.handle().pipe(
      tap({
        subscribe: () => {
          call = seen.startCall();
        },
        complete: mark('completed'),
        error: mark('errored'),
        unsubscribe: () => {
          if (hasLeft()) seen.markTornDown();
          mark(hasLeft() ? 'torn down' : 'given up')();
        },
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
