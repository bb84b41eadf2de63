import { Readable } from 'node:stream';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Inject,
  Injectable,
  type NestInterceptor,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTasks, UseBackgroundTasks } from 'nestjs-background-tasks';
import { from, mergeMap, type Observable, of, tap } from 'rxjs';
import type { Reply } from '../harness/application.js';
import { Doer } from './durable-doer.js';
import { DurableStage } from './durable-stage.js';
import { DurableVisit } from './durable-visit.js';

interface Incoming {
  readonly url: string;
}

/** Adds, and lets no request through that is to be denied. */
@Injectable()
export class DurableGuard implements CanActivate {
  constructor(
    @Inject(DurableStage) private readonly stage: DurableStage,
    @Inject(Doer) private readonly doer: Doer,
    @Inject(BackgroundTasks) private readonly tasks: BackgroundTasks,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const visit = new DurableVisit(this.stage, this.doer, context.switchToHttp().getRequest<Incoming>());
    visit.addAt('guard', { tasks: this.tasks });
    return visit.seen.plan.ending !== 'denied';
  }
}

/** Adds when the handler has given its first value: within what follows the handler. */
@Injectable()
export class DurableInterceptor implements NestInterceptor {
  constructor(
    @Inject(DurableStage) private readonly stage: DurableStage,
    @Inject(Doer) private readonly doer: Doer,
    @Inject(BackgroundTasks) private readonly tasks: BackgroundTasks,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const visit = new DurableVisit(this.stage, this.doer, context.switchToHttp().getRequest<Incoming>());
    if (visit.seen.plan.turns % 2 === 1) return next.handle();
    let isFirst = true;
    return next.handle().pipe(
      tap(() => {
        if (isFirst) visit.addAt('interceptor', { tasks: this.tasks });
        isFirst = false;
      }),
    );
  }
}

/** Adds when the handler has completed: outside of what follows it. */
export class OuterDurableInterceptor implements NestInterceptor {
  constructor(
    private readonly stage: DurableStage,
    private readonly doer: Doer,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const visit = new DurableVisit(this.stage, this.doer, http.getRequest<Incoming>());
    if (visit.seen.plan.turns % 2 === 0) return next.handle();
    const complete = (): void => visit.addAt('interceptor', { reply: http.getResponse<Reply>() });
    return next.handle().pipe(tap({ complete }));
  }
}

@Controller()
@UseGuards(DurableGuard)
@UseInterceptors(DurableInterceptor)
@UseBackgroundTasks()
export class DurableEndings {
  constructor(
    @Inject(DurableStage) private readonly stage: DurableStage,
    @Inject(Doer) private readonly doer: Doer,
  ) {}

  @Get(['returns/:id', 'denied/:id', 'takes-turns/:id'])
  returns(@Req() request: Incoming, @Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): Promise<string> {
    return this.#visit(request).work({ tasks, reply }, () => 'fine');
  }

  @Get('throws/:id')
  throws(@Req() request: Incoming, @Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): Promise<never> {
    return this.#visit(request).work({ tasks, reply }, () => {
      throw new HttpException('on purpose', 418);
    });
  }

  @Get('sends/:id')
  sends(@Req() request: Incoming, @Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    return this.#visit(request).work({ tasks, reply }, () => void reply.send('fine'));
  }

  @Get('sends-and-throws/:id')
  sendsAndThrows(@Req() request: Incoming, @Res() reply: Reply, tasks: BackgroundTasks): Promise<void> {
    return this.#visit(request).work({ tasks, reply }, () => {
      reply.send('fine');
      throw new Error('afterwards, on purpose');
    });
  }

  @Get('streams/:id')
  streams(
    @Req() request: Incoming,
    @Res({ passthrough: true }) reply: Reply,
    tasks: BackgroundTasks,
  ): Promise<StreamableFile> {
    const file = (): StreamableFile => new StreamableFile(Readable.from([Buffer.from('one'), Buffer.from('two')]));
    return this.#visit(request).work({ tasks, reply }, file);
  }

  @Sse('events/:id')
  events(
    @Req() request: Incoming,
    @Res({ passthrough: true }) reply: Reply,
    tasks: BackgroundTasks,
  ): Observable<{ data: string }> {
    const working = this.#visit(request).work({ tasks, reply }, () => of({ data: 'one' }, { data: 'two' }));
    return from(working).pipe(mergeMap((values) => values));
  }

  @Get(['commits/:id', 'rolls-back/:id'])
  persists(
    @Req() request: Incoming,
    @Res({ passthrough: true }) reply: Reply,
    tasks: BackgroundTasks,
  ): Promise<string> {
    const visit = this.#visit(request);
    return visit.work({ tasks, reply }, async () => {
      await visit.persist(tasks, visit.seen.plan.ending === 'commits');
      return 'fine';
    });
  }

  #visit(request: Incoming): DurableVisit {
    return new DurableVisit(this.stage, this.doer, request);
  }
}
