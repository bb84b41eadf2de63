import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import {
  BackgroundTask,
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { platforms, type Reply, request, type Running, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

const requests = new AsyncLocalStorage<string>();

let timeline: Timeline;
let release: Deferred;

function send(): void {}

@Controller()
class Handlers {
  /** Its handler ends when the test says so, its client perhaps before. */
  @Get('waits/:id')
  async waits(@Param('id') id: string, tasks: BackgroundTasks): Promise<string> {
    tasks.addTask(send).with({ runOn: 'always' });
    timeline.mark(`waits ${id}`);
    await release.promise;
    return 'fine';
  }

  @Get('runs')
  runs(tasks: BackgroundTasks): string {
    tasks
      .addTask(() => {
        timeline.mark('runs');
        return release.promise;
      })
      .with({ name: 'export' });
    return 'fine';
  }

  @Get('refused')
  refused(tasks: BackgroundTasks): string {
    return requests.run('the refused', () => {
      try {
        tasks.addTask(send);
        return 'accepted';
      } catch (error) {
        return error instanceof TooManyBackgroundTasksError ? 'refused' : String(error);
      }
    });
  }

  @Get('too-many')
  tooMany(tasks: BackgroundTasks): string {
    tasks.addTask(send).with({ name: 'first' });
    tasks.addTask(send).with({ name: 'second' });
    try {
      tasks.addTask(new BackgroundTask(send).with({ name: 'third' }));
    } catch {
      // it is told of
    }
    return 'fine';
  }

  @Get('attached')
  attached(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(send).with({ name: 'attached' });
    return 'fine';
  }
}

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

describe.each(platforms)('what is refused on $name', (platform) => {
  const startWith = (maxPending: number) =>
    start(
      platform,
      { imports: [BackgroundTasksModule.forRoot({ maxPending })], controllers: [Handlers] },
      undefined,
      timeline,
    );
  const warnings = ({ logger }: Running): unknown[] => logger.ofTasks('warn').map(({ message }) => message);

  async function full(): Promise<Running> {
    const running = await startWith(2);
    await request(running, '/runs');
    await timeline.until('runs');
    void request(running, '/waits/1');
    await timeline.until('waits 1');
    return running;
  }

  it('is counted, and no part of what waits or runs', async () => {
    const running = await full();
    expect((await request(running, '/refused')).body).toBe('refused');
    expect((await request(running, '/attached')).status).toBe(503);
    expect(running.runner.stats()).toMatchObject({ pending: 1, running: 1, refused: 2 });
    release.resolve();
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ pending: 0, running: 0, succeeded: 2, refused: 2 });
    expect((await request(running, '/refused')).body).toBe('accepted');
  });

  it('is warned of with the handlers that keep tasks waiting, and whether their clients have left', async () => {
    const running = await startWith(3);
    const clients = await Promise.all(['1', '2', '3'].map(() => Connection.open(running)));
    for (const [index, client] of clients.entries()) {
      client.send(`/waits/${index}`);
      await timeline.until(`waits ${index}`);
    }
    clients[0]?.hangUp();
    clients[1]?.hangUp();
    await timeline.until('close', 2);
    await request(running, '/refused');
    expect(warnings(running)).toEqual([
      'Background task "send" was refused: `maxPending` is 3. 3 wait: 3 × "send", 0 run. ' +
        'Handlers that have not ended keep tasks waiting: 2 × "Handlers.waits" whose client has left, "Handlers.waits".',
    ]);
    release.resolve();
    clients[2]?.hangUp();
  });

  it('is told after the tasks that were added before it, and at a time that is not before theirs', async () => {
    const running = await startWith(2);
    const told: BackgroundTasksEvent[] = [];
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => told.push(event));
    await request(running, '/too-many');
    await running.runner.idle();
    expect(told.slice(0, 4).map((event) => ('name' in event ? `${event.type} ${event.name}` : event.type))).toEqual([
      'added first',
      'added second',
      'refused third',
      'settled',
    ]);
    const times = told.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it('is told as an event, in the context of the call that was refused', async () => {
    const running = await full();
    const told: Array<[BackgroundTasksEvent, unknown]> = [];
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => told.push([event, requests.getStore()]));
    const before = Date.now();
    await request(running, '/refused');
    expect(told).toEqual([
      [
        {
          type: 'refused',
          batchId: expect.any(String),
          name: 'send',
          count: 1,
          unfinished: 2,
          maxPending: 2,
          timestamp: expect.any(Number),
        },
        'the refused',
      ],
    ]);
    expect(told[0]?.[0].timestamp).toBeGreaterThanOrEqual(before);
    release.resolve();
  });

  it('is warned of in one line a minute, with what fills the process, also where timers are faked', async () => {
    const running = await full();
    jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      await request(running, '/refused');
      jest.setSystemTime(10 * 60_000);
      jest.advanceTimersByTime(10 * 60_000);
      await request(running, '/refused');
    } finally {
      jest.useRealTimers();
    }
    expect(warnings(running)).toEqual([
      expect.stringMatching(
        /^Background task "send" was refused: `maxPending` is 2\. 1 wait: "send", 1 run: "export"\. /,
      ),
    ]);
    release.resolve();
  });
});
