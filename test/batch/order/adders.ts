import { beforeEach } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  type PipeTransform,
  Query,
  Res,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import type { Reply } from '../../harness/application.js';
import { deferred } from '../../harness/deferred.js';
import { Timeline } from '../../harness/timeline.js';

/** What happened in the test at hand. */
export const timeline = new Timeline();

/** What the test at hand makes a task wait for. */
export const gates = { slow: deferred() };

beforeEach(() => {
  timeline.clear();
  gates.slow = deferred();
});

const note = (event: string): void => timeline.mark(event);

@Injectable({ scope: Scope.REQUEST })
class AddsInMiddleware implements NestMiddleware {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  use(_request: unknown, _response: unknown, next: () => void): void {
    this.tasks.addTask(note, 'middleware');
    next();
  }
}

/** Node's own response on Fastify, Express's response on Express. */
export function attachesInMiddleware(
  _request: unknown,
  response: { background?: BackgroundTask },
  next: () => void,
): void {
  response.background = new BackgroundTask(note, 'middleware');
  next();
}

@Injectable()
export class AddsInGuard implements CanActivate {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  canActivate(): boolean {
    this.tasks.addTask(note, 'guard');
    return true;
  }
}

@Injectable()
class AttachesInInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: { handle(): Observable<unknown> }): Observable<unknown> {
    context.switchToHttp().getResponse<Reply>().background = new BackgroundTask(note, 'interceptor');
    return next.handle();
  }
}

@Injectable()
export class AddsInPipe implements PipeTransform {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  transform(value: unknown): unknown {
    this.tasks.addTask(note, 'pipe');
    return value;
  }
}

@Injectable()
export class AddsInService {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  work(): void {
    this.tasks.addTask(note, 'service');
  }
}

@Controller()
export class Adders {
  constructor(
    private readonly own: BackgroundTasks,
    private readonly service: AddsInService,
  ) {}

  @Get('everybody')
  @UseGuards(AddsInGuard)
  @UseInterceptors(AttachesInInterceptor)
  everybody(
    @Query('id', AddsInPipe) _id: string,
    @Res({ passthrough: true }) reply: Reply,
    tasks: BackgroundTasks,
  ): string {
    tasks.addTask(note, 'handler');
    this.service.work();
    reply.background = new BackgroundTasks([
      new BackgroundTask(note, 'attached 1'),
      new BackgroundTask(note, 'attached 2'),
    ]);
    this.own.addTask(note, 'constructor');
    reply.background = new BackgroundTask(note, 'attached 3');
    return 'fine';
  }

  @Get('attached/two')
  two(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'handler 1');
    tasks.addTask(note, 'handler 2');
    return 'fine';
  }

  @Get('slow-first')
  slowFirst(tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      note('slow begins');
      await gates.slow.promise;
      note('slow ends');
    });
    tasks.addTask(note, 'next');
    return 'fine';
  }

  @Get('many')
  many(tasks: BackgroundTasks): string {
    for (let index = 0; index < 10_000; index++) tasks.addTask(note, `${index}`);
    return 'fine';
  }

  @Get('attach-then-fill')
  attachThenFill(@Res({ passthrough: true }) reply: Reply): string {
    const tasks = new BackgroundTasks();
    reply.background = tasks;
    tasks.addTask(note, 'added after attaching');
    void Promise.resolve().then(() => tasks.addTask(note, 'added later still'));
    return 'fine';
  }

  @Get('attach-the-injected')
  attachTheInjected(@Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): string {
    tasks.addTask(note, 'once');
    reply.background = tasks;
    return 'fine';
  }
}

@Module({ controllers: [Adders], providers: [AddsInService, AddsInGuard, AddsInPipe] })
export class AddersModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AddsInMiddleware).forRoutes('everybody');
    consumer.apply(attachesInMiddleware).forRoutes('attached/*path');
  }
}
