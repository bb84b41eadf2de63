import http2 from 'node:http2';
import { once } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Param,
  type PipeTransform,
  Post,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { BackgroundTask, BackgroundTasks, currentTask, Tasks } from 'nestjs-background-tasks';
import { from, type Observable, switchMap } from 'rxjs';
import { DEFAULT_OPTIONS } from '../../libs/background-tasks/src/core/options/background-tasks.options.js';
import {
  fastifyHttp2,
  type Platform,
  platforms,
  type Prepare,
  type Reply,
  type Running,
  start,
} from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { useMiddleware } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let entered: Deferred;
let release: Deferred;

beforeEach(() => {
  timeline = new Timeline();
  entered = deferred();
  release = deferred();
});

const mark = (event: string): void => timeline.mark(event);

/** What the task from middleware, and the one of a handler, say of the response. */
function note(name: string): void {
  const { outcome, status, aborted } = currentTask() ?? {};
  mark(`${name}: ${outcome} ${status}${aborted ? ' aborted' : ''}`);
}

async function wait(at: string): Promise<void> {
  mark(`${at} begins`);
  entered.resolve();
  await release.promise;
  mark(`${at} ends`);
}

class Guard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { params } = context.switchToHttp().getRequest<{ params: { answer: string } }>();
    await wait('guard');
    if (params.answer === 'throws') throw new HttpException('go away', 429);
    return params.answer !== 'denies';
  }
}

class Pipe implements PipeTransform {
  async transform(value: string): Promise<string> {
    await wait('pipe');
    if (value === 'throws') throw new HttpException('bad', 422);
    return value;
  }
}

@Controller()
class Slow {
  @Get('guard/:answer') @UseGuards(Guard) guarded(@Tasks() tasks: BackgroundTasks): string {
    mark('handler');
    tasks.addTask(note, 'of the handler').with({ runOn: 'always' });
    return 'fine';
  }

  @Get('pipe/:answer') piped(@Param('answer', Pipe) answer: string): string {
    mark('handler');
    return answer;
  }

  @Get('outside') outside(@Tasks() tasks: BackgroundTasks): string {
    return this.guarded(tasks);
  }

  @Post('body') body(@Body() body: unknown): unknown {
    mark('handler');
    return body;
  }
}

/** A global interceptor that takes its time before it calls the handler, at one path. */
const outside = {
  provide: APP_INTERCEPTOR,
  useValue: {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const { url } = context.switchToHttp().getRequest<{ url: string }>();
      return url === '/outside' ? from(wait('interceptor')).pipe(switchMap(() => next.handle())) : next.handle();
    },
  },
};

/** Adds a task to every response, before anything else happens. */
const addTask: Prepare = (app) =>
  useMiddleware(app, (_: unknown, reply: Reply, next) => {
    reply.background = new BackgroundTask(note, 'of middleware').with({ runOn: 'always' });
    mark('middleware');
    next();
  });

interface RawReply {
  background?: unknown;
  writeHead(status: number): unknown;
  write(text: string): boolean;
  end(text: string): void;
}

/** Turns of the event loop, in which whatever could run too early has its chance. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Then a pipe is within what follows the handler, which has been entered by then. */
const isFollowed = DEFAULT_OPTIONS.bind === 'everywhere';

const tasksRun = (): string[] => timeline.of('of ');
const startSlow = (platform: Platform): Promise<Running> =>
  start(platform, { controllers: [Slow], providers: [outside] }, addTask, timeline);

describe.each(platforms)('on $name, when a client leaves before its request has reached a handler,', (platform) => {
  async function leave(path: string): Promise<Running> {
    const running = await startSlow(platform);
    const connection = await Connection.open(running);
    connection.send(path);
    await entered.promise;
    connection.hangUp();
    await timeline.until('close');
    await turns();
    expect(tasksRun()).toEqual([]);
    return running;
  }

  it.each([
    ['a guard has denied', '/guard/denies', 403],
    ['a guard has thrown', '/guard/throws', 429],
    ['a pipe has thrown', '/pipe/throws', isFollowed ? 200 : 422],
  ])('its tasks run as those of a failure once %s', async (_, path, status) => {
    const running = await leave(path);
    release.resolve();
    await running.runner.idle();
    expect(timeline.events.slice(-2)).toEqual([
      `${path.slice(1, path.indexOf('/', 1))} ends`,
      `of middleware: failure ${status} aborted`,
    ]);
  });

  it.each([
    ['a guard that lets it pass', '/guard/passes'],
    ['an interceptor outside', '/outside'],
  ])('its tasks wait for %s and for the handler, and end as that does', async (_, path) => {
    const running = await leave(path);
    release.resolve();
    await timeline.until('handler');
    await running.runner.idle();
    const [last, ofHandler] = ['of middleware: success 200 aborted', 'of the handler: success 200 aborted'];
    expect(timeline.events.slice(-3)).toEqual(['handler', last, ofHandler]);
  });

  it('its tasks are those of a failure where nobody follows the handler: nothing was sent', async () => {
    const running = await leave('/pipe/passes');
    release.resolve();
    await running.runner.idle();
    const outcome = isFollowed ? 'success' : 'failure';
    expect(timeline.events.slice(-2)).toEqual(['handler', `of middleware: ${outcome} 200 aborted`]);
  });

  it('the shutdown does not wait for whoever is at work', async () => {
    const running = await leave('/guard/denies');
    await running.close();
    expect(tasksRun()).toEqual(['middleware: failure 200 aborted']);
    expect(timeline.events).not.toContain('guard ends');
    release.resolve();
    await turns();
  });
});

describe.each(platforms)('on $name, when a client leaves', (platform) => {
  it('while it sends its body, the tasks of middleware run as those of a failure', async () => {
    const running = await startSlow(platform);
    const connection = await Connection.open(running);
    connection.write(
      'POST /body HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    await timeline.until('middleware');
    connection.hangUp();
    await timeline.until('close');
    await running.runner.idle();
    expect(tasksRun()).toEqual([expect.stringMatching(/^middleware: failure \d+ aborted$/)]);
    expect(timeline.events).not.toContain('handler');
  });

  it('while the application shuts down, its tasks wait for nobody', async () => {
    const running = await startSlow(platform);
    const connection = await Connection.open(running);
    connection.send('/guard/denies');
    await entered.promise;
    const closing = running.app.close();
    await turns();
    expect(tasksRun()).toEqual([]);
    connection.hangUp();
    await closing;
    expect(tasksRun()).toEqual(['middleware: failure 200 aborted']);
    release.resolve();
    await turns();
  });

  it.each([
    ['of a success', 200, 'success'],
    ['of a failure if its status says so', 500, 'failure'],
  ])('what middleware has begun to answer, its tasks are those %s', async (_, status, outcome) => {
    const answers = (_request: unknown, reply: RawReply): void => {
      reply.background = new BackgroundTask(note, 'of middleware').with({ runOn: 'always' });
      reply.writeHead(status);
      reply.write('begin');
      void wait('middleware').then(() => reply.end('end'));
    };
    @Module({})
    class Answering implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(answers).forRoutes('*path');
      }
    }
    const running = await start(platform, { imports: [Answering] }, undefined, timeline);
    const connection = await Connection.open(running);
    connection.send('/anything');
    await connection.receives('begin');
    connection.hangUp();
    await timeline.until('close');
    await turns();
    expect(tasksRun()).toEqual([]);
    release.resolve();
    await running.runner.idle();
    expect(timeline.events.slice(-2)).toEqual(['middleware ends', `of middleware: ${outcome} ${status} aborted`]);
  });
});

describe('on Fastify with HTTP/2, when a client cancels a request that has not reached a handler', () => {
  it.each([
    ['denies', 'failure', 403],
    ['passes', 'success', 200],
  ])('its tasks wait for the guard, and what comes after it: one that %s is a %s', async (answer, outcome, status) => {
    const running = await startSlow(fastifyHttp2);
    const session = http2.connect(`http://127.0.0.1:${running.port}`);
    await once(session, 'connect');
    const stream = session.request({ ':path': `/guard/${answer}` }).on('error', () => undefined);
    await entered.promise;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await timeline.until('close');
    await turns();
    expect(tasksRun()).toEqual([]);
    release.resolve();
    await running.runner.idle();
    expect(tasksRun()[0]).toBe(`middleware: ${outcome} ${status} aborted`);
    session.destroy();
  });

  it('a task of middleware that comes late runs once an unknown route was answered', async () => {
    @Module({})
    class Late implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        const addLate = (_: unknown, reply: RawReply, next: () => void): void => {
          const goOn = (): void => {
            reply.background = new BackgroundTask(note, 'of middleware').with({ runOn: 'always' });
            next();
          };
          void wait('middleware').then(goOn);
        };
        consumer.apply(addLate).forRoutes('*path');
      }
    }
    const running = await start(fastifyHttp2, { imports: [Late] }, undefined, timeline);
    const session = http2.connect(`http://127.0.0.1:${running.port}`);
    const stream = session.request({ ':path': '/nowhere' }).on('error', () => undefined);
    await entered.promise;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await timeline.until('close');
    release.resolve();
    await timeline.until('of middleware: failure 404 aborted');
    await running.runner.idle();
    session.destroy();
    expect(tasksRun()).toEqual(['middleware: failure 404 aborted']);
  });
});
