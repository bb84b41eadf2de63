import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { platforms, type Reply, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;

const note = (event: string): void => timeline.mark(event);

@Controller()
class Handlers {
  @Get('held/:id')
  held(@Param('id') id: string, tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      note(`${id} begins`);
      await release.promise;
      note(`${id} ends`);
    });
    return id;
  }

  @Get('two')
  two(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'first');
    tasks.addTask(note, 'second');
    return 'fine';
  }

  @Get('attach')
  attach(@Res({ passthrough: true }) reply: Reply): string {
    reply.background = new BackgroundTask(note, 'attached');
    return 'fine';
  }

  @Get('catches')
  catches(tasks: BackgroundTasks): string {
    try {
      tasks.addTask(note, 'never');
      return 'added';
    } catch (error) {
      return error instanceof TooManyBackgroundTasksError ? error.message : 'another error';
    }
  }

  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(() => Promise.reject(new Error('on purpose')));
    tasks.addTask(note, 'never');
    tasks.addTask(note, 'never').with({ runOn: 'failure' });
    return 'fine';
  }

  @Get('blocks')
  blocks(tasks: BackgroundTasks): string {
    tasks.addTask(block).with({ name: 'hashing' });
    tasks
      .addTask(async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
      })
      .with({ name: 'waiting' });
    return 'fine';
  }
}

function block(): void {
  const end = performance.now() + 15;
  while (performance.now() < end);
}

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
});

describe.each(platforms)('on $name,', (platform) => {
  const startWith = (options: BackgroundTasksModuleOptions) =>
    start(platform, { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handlers] });

  it('concurrency lets that many batches run at once, and the others wait, first come first served', async () => {
    const running = await startWith({ concurrency: 2 });
    for (const id of ['1', '2', '3', '4']) {
      await request(running, `/held/${id}`);
      await timeline.until(`${Number(id) < 3 ? id : '2'} begins`);
    }
    expect(timeline.events).toEqual(['1 begins', '2 begins']);
    expect(running.runner.stats()).toMatchObject({
      batches: 4,
      pending: 2,
      running: 2,
      succeeded: 0,
      failed: 0,
      skipped: 0,
    });
    release.resolve();
    await running.runner.idle();
    expect(timeline.events.filter((event) => event.endsWith('begins'))).toEqual([
      '1 begins',
      '2 begins',
      '3 begins',
      '4 begins',
    ]);
    expect(running.runner.stats()).toMatchObject({
      batches: 0,
      pending: 0,
      running: 0,
      succeeded: 4,
      failed: 0,
      skipped: 0,
    });
  });

  it('a failed batch makes room for the next', async () => {
    const running = await startWith({ concurrency: 1 });
    for (let round = 0; round < 3; round++) await request(running, '/fails');
    await request(running, '/two');
    await running.runner.idle();
    expect(timeline.events).toEqual(['first', 'second']);
  });

  it('maxPending refuses a task with a 503 while that many wait or run, and not afterwards', async () => {
    const running = await startWith({ maxPending: 2 });
    await request(running, '/held/1');
    await timeline.until('1 begins');
    await request(running, '/held/2');
    await timeline.until('2 begins');
    const refused = await request(running, '/two');
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body)).toMatchObject({
      statusCode: 503,
      message:
        'Cannot add the background task `note`: 2 already wait or run, which is `maxPending`. ' +
        'Answer fewer requests, make the tasks faster, or raise the limit.',
    });
    expect((await request(running, '/attach')).status).toBe(503);
    release.resolve();
    await running.runner.idle();
    expect((await request(running, '/two')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events.slice(-2)).toEqual(['first', 'second']);
  });

  it('a handler can answer otherwise where a task was refused', async () => {
    const running = await startWith({ maxPending: 1 });
    await request(running, '/held/1');
    expect((await request(running, '/catches')).body).toMatch('Cannot add the background task `note`: 1 already wait');
    release.resolve();
    await running.runner.idle();
    expect((await request(running, '/catches')).body).toBe('added');
  });

  it('the count of maxPending does not drift, whatever becomes of the tasks', async () => {
    const running = await startWith({ maxPending: 3 });
    for (let round = 0; round < 10; round++) {
      expect((await request(running, '/fails')).status).toBe(200);
      await running.runner.idle();
    }
    expect(running.runner.stats()).toMatchObject({
      batches: 0,
      pending: 0,
      running: 0,
      succeeded: 0,
      failed: 10,
      skipped: 20,
      draining: false,
    });
  });

  it('slowSyncWarning warns of a task that blocks the event loop, and of no task that waits', async () => {
    const running = await startWith({ slowSyncWarning: 10 });
    await request(running, '/blocks');
    await running.runner.idle();
    const warnings = running.logger.ofTasks('warn').map(({ message }) => message);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^Background task "hashing" blocked the event loop for \d+ ms: no request was served/);
  });

  it('slowSyncWarning can be switched off', async () => {
    const running = await startWith({ slowSyncWarning: 0 });
    await request(running, '/blocks');
    await running.runner.idle();
    expect(running.logger.ofTasks('warn')).toEqual([]);
  });
});
