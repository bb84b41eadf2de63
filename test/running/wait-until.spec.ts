import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type MiddlewareConsumer, Module, type NestModule, Param, Req, Scope } from '@nestjs/common';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

const requests = new AsyncLocalStorage<string>();

/** What `waitUntil` was told, and from where. */
interface Told {
  readonly finished: Promise<void>;
  readonly request: unknown;
  readonly context: string | undefined;
}

let timeline: Timeline;
let told: Told[];
let seen: unknown[];
let release: Deferred;
let late: BackgroundTasks | undefined;

const note = (event: string): void => timeline.mark(event);

@Controller()
class Handlers {
  @Get('three/:id')
  three(@Param('id') id: string, @Req() platformRequest: unknown, tasks: BackgroundTasks): string {
    seen.push(platformRequest);
    requests.run(id, () => {
      note('before');
      tasks.addTask(note, `${id} 1`);
      note('after');
    });
    tasks.addTask(async () => release.promise);
    tasks.addTask(note, `${id} 3`);
    return id;
  }

  @Get('late')
  keep(tasks: BackgroundTasks): string {
    late = tasks;
    tasks.addTask(note, 'in time');
    return 'fine';
  }

  @Get('none')
  none(_tasks: BackgroundTasks): string {
    return 'fine';
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(new Error('on purpose')));
    tasks.addTask(note, 'never');
    return 'fine';
  }

  @Get('full')
  full(tasks: BackgroundTasks): string {
    try {
      tasks.addTask(note, 'one too many');
      return 'added';
    } catch (error) {
      return error instanceof TooManyBackgroundTasksError ? 'refused' : 'another error';
    }
  }
}

beforeEach(() => {
  timeline = new Timeline();
  told = [];
  seen = [];
  release = deferred();
  late = undefined;
});

const waitUntil = (finished: Promise<void>, platformRequest: unknown): void => {
  note('told');
  told.push({ finished, request: platformRequest, context: requests.getStore() });
  void finished.then(() => note('finished'));
};

describe.each(platforms)('on $name, waitUntil', (platform) => {
  const startWith = (options: BackgroundTasksModuleOptions): Promise<Running> =>
    start(platform, { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handlers] });

  it('is told of a batch once, with its first task, and resolves when the last one has ended', async () => {
    const running = await startWith({ waitUntil });
    await request(running, '/three/7');
    await timeline.until('7 1');
    expect(timeline.events).toEqual(['before', 'told', 'after', '7 1']);
    release.resolve();
    await told[0]?.finished;
    expect(timeline.events).toEqual(['before', 'told', 'after', '7 1', '7 3', 'finished']);
    expect(told).toHaveLength(1);
  });

  it("gets the platform's request, in the async context of whoever adds the task", async () => {
    const running = await startWith({ waitUntil });
    release.resolve();
    await Promise.all(['/three/7', '/three/8'].map((path) => request(running, path)));
    await running.runner.idle();
    expect(new Set(told.map(({ context }) => context))).toEqual(new Set(['7', '8']));
    expect(told.map((each) => each.request === seen[0] || each.request === seen[1])).toEqual([true, true]);
    expect(told[0]?.request).not.toBe(told[1]?.request);
  });

  it('gets that of guards, and Node’s own where middleware on Fastify is first', async () => {
    @Module({ controllers: [Handlers] })
    class HandlersModule implements NestModule {
      constructor(private readonly tasks: BackgroundTasks) {}

      configure(consumer: MiddlewareConsumer): void {
        const addOne = (raw: unknown, _: unknown, next: () => void): void => {
          seen.push(raw);
          this.tasks.addTask(note, 'from middleware');
          next();
        };
        consumer.apply(addOne).forRoutes('none');
      }
    }
    const imports = [HandlersModule, BackgroundTasksModule.forRoot({ waitUntil, scope: Scope.DEFAULT })];
    const running = await start(platform, { imports }, (app) => {
      app.useGlobalGuards({
        canActivate: (context) => {
          const platformRequest = context.switchToHttp().getRequest<{ url: string }>();
          if (platformRequest.url !== '/late') return true;
          seen.push(platformRequest);
          app.get(BackgroundTasks).addTask(note, 'from a guard');
          return true;
        },
      });
    });
    for (const path of ['/late', '/none']) await request(running, path);
    await running.runner.idle();
    expect(timeline.events).toEqual(expect.arrayContaining(['from a guard', 'from middleware']));
    expect(told).toHaveLength(2);
    told.forEach((each, index) => expect(each.request).toBe(seen[index]));
  });

  it('is told again of a task that is added when the batch had finished', async () => {
    const running = await startWith({ waitUntil });
    await request(running, '/late');
    await running.runner.idle();
    expect(timeline.events).toEqual(['told', 'in time', 'finished']);
    late?.addTask(note, 'too late');
    expect(timeline.events.slice(3)).toEqual(['told']);
    await told[1]?.finished;
    expect(timeline.events.slice(3)).toEqual(['told', 'too late', 'finished']);
    expect(told[1]?.request).toBe(told[0]?.request);
  });

  it('is told nothing of a request without tasks, nor of a task that is refused', async () => {
    const running = await startWith({ waitUntil, maxPending: 2 });
    await request(running, '/none');
    expect(told).toEqual([]);
    release.resolve();
    const first = running.app.get(BackgroundTasksRunner).scope((tasks) => {
      tasks.addTask(note, 'scope 1');
      tasks.addTask(note, 'scope 2');
      return request(running, '/full');
    });
    expect((await first).body).toBe('refused');
    await running.runner.idle();
    expect(timeline.events).toEqual(['told', 'scope 1', 'scope 2', 'finished']);
  });

  it('never rejects, also when a task fails', async () => {
    const running = await startWith({ waitUntil });
    await request(running, '/fails');
    await expect(running.runner.idle()).resolves.toBeUndefined();
    await expect(told[0]?.finished).resolves.toBeUndefined();
    expect(timeline.events).toEqual(['told', 'finished']);
  });

  it.each<[string, BackgroundTasksModuleOptions['waitUntil']]>([
    [
      'throws',
      () => {
        throw new RangeError('frozen');
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('frozen'))],
  ])('is logged when it %s, and changes nothing', async (_, failing) => {
    const running = await startWith({ waitUntil: failing });
    release.resolve();
    expect(await request(running, '/three/7')).toMatchObject({ status: 200, body: '7' });
    await running.runner.idle();
    expect(timeline.events).toEqual(['before', 'after', '7 1', '7 3']);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The option waitUntil failed: RangeError: frozen/),
    ]);
  });

  it('resolves for tasks that the shutdown gives up', async () => {
    const running = await startWith({ waitUntil, shutdownTimeout: 0 });
    await request(running, '/three/7');
    await timeline.until('7 1');
    const { finished } = told[0] ?? {};
    const closing = running.close();
    release.resolve();
    await Promise.all([closing, finished]);
    expect(timeline.count('finished')).toBe(1);
  });
});

describe('waitUntil without HTTP', () => {
  it('gets no request', async () => {
    const [platform] = platforms;
    if (platform === undefined) throw new Error('there is no platform');
    const { runner } = await start(platform, { imports: [BackgroundTasksModule.forRoot({ waitUntil })] });
    await runner.scope((tasks) => void tasks.addTask(note, 'ran'));
    await runner.idle();
    expect(timeline.events).toEqual(['told', 'ran', 'finished']);
    expect(told[0]?.request).toBeUndefined();
  });
});
