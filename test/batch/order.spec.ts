import { describe, expect, it } from '@jest/globals';
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
import { platforms, type Reply, request, start } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';
import { useMiddleware } from '../harness/nest.js';

let timeline: Timeline;

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
function attachesInMiddleware(_request: unknown, response: { background?: BackgroundTask }, next: () => void): void {
  response.background = new BackgroundTask(note, 'middleware');
  next();
}

@Injectable()
class AddsInGuard implements CanActivate {
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
class AddsInPipe implements PipeTransform {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  transform(value: unknown): unknown {
    this.tasks.addTask(note, 'pipe');
    return value;
  }
}

@Injectable()
class AddsInService {
  constructor(@Inject(BackgroundTasks) private readonly tasks: BackgroundTasks) {}

  work(): void {
    this.tasks.addTask(note, 'service');
  }
}

@Controller()
class Adders {
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
      await slow.promise;
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

let slow = deferred();

@Module({ controllers: [Adders], providers: [AddsInService, AddsInGuard, AddsInPipe] })
class AddersModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AddsInMiddleware).forRoutes('everybody');
    consumer.apply(attachesInMiddleware).forRoutes('attached/*path');
  }
}

describe.each(platforms)('the tasks of a batch on $name', (platform) => {
  async function eventsAfter(path: string): Promise<string[]> {
    timeline = new Timeline();
    const running = await start(platform, { imports: [AddersModule] });
    expect((await request(running, path)).status).toBe(200);
    await running.runner.idle();
    return timeline.events;
  }

  it('run in the order they were added, whoever added them', async () => {
    expect(await eventsAfter('/everybody')).toEqual([
      'middleware',
      'guard',
      'interceptor',
      'pipe',
      'handler',
      'service',
      'attached 1',
      'attached 2',
      'constructor',
      'attached 3',
    ]);
  });

  it('run all three when middleware attached one before the handler added two, its own first', async () => {
    expect(await eventsAfter('/attached/two')).toEqual(['middleware', 'handler 1', 'handler 2']);
  });

  it('run one at a time', async () => {
    timeline = new Timeline();
    slow = deferred();
    const running = await start(platform, { imports: [AddersModule] });
    await request(running, '/slow-first');
    await timeline.until('slow begins');
    await new Promise((resolve) => setImmediate(resolve));
    expect(timeline.events).toEqual(['slow begins']);
    slow.resolve();
    await running.runner.idle();
    expect(timeline.events).toEqual(['slow begins', 'slow ends', 'next']);
  });

  it('run all of them, in order, when there are 10,000', async () => {
    expect(await eventsAfter('/many')).toEqual(Array.from({ length: 10_000 }, (_, index) => `${index}`));
  });

  it('include what is added to tasks that were attached before', async () => {
    expect(await eventsAfter('/attach-then-fill')).toEqual(['added after attaching', 'added later still']);
  });

  it('run once when the injected tasks are attached as well', async () => {
    expect(await eventsAfter('/attach-the-injected')).toEqual(['once']);
  });
});

describe.each(platforms)('middleware given to app.use() on $name', (platform) => {
  it('can attach a task to the response', async () => {
    timeline = new Timeline();
    const running = await start(
      platform,
      { controllers: [Adders], providers: [AddsInService, AddsInGuard, AddsInPipe] },
      (app) => useMiddleware(app, attachesInMiddleware),
    );
    await request(running, '/attached/two');
    await running.runner.idle();
    expect(timeline.events).toEqual(['middleware', 'handler 1', 'handler 2']);
  });
});
