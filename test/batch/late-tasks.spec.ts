import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { Connection } from '../harness/connection.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { Timeline } from '../harness/timeline.js';

let timeline: Timeline;
let release: Deferred;
let added: Deferred;

const note = (event: string): void => timeline.mark(event);

@Controller()
class Late {
  @Get('nested')
  nested(tasks: BackgroundTasks): string {
    tasks.addTask(async () => {
      note('outer begins');
      tasks.addTask(note, 'nested');
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      note('outer ends');
    });
    tasks.addTask(note, 'next');
    return 'fine';
  }

  @Get('forgotten-promise')
  forgottenPromise(tasks: BackgroundTasks): string {
    tasks.addTask(note, 'first');
    void addWhenReleased(tasks);
    return 'fine';
  }

  @Get('nothing-before')
  nothingBefore(tasks: BackgroundTasks): string {
    void addWhenReleased(tasks);
    return 'fine';
  }

  @Get('throws-with-nothing-before')
  throwsWithNothingBefore(tasks: BackgroundTasks): string {
    void addWhenReleased(tasks);
    throw new Error('on purpose');
  }

  @Get('after-a-failure')
  afterAFailure(tasks: BackgroundTasks): string {
    tasks.addTask(fail);
    void addWhenReleased(tasks);
    return 'fine';
  }

  @Get('nested-in-a-failure')
  nestedInAFailure(tasks: BackgroundTasks): string {
    tasks.addTask(() => {
      tasks.addTask(note, 'never').with({ name: 'nested' });
      fail();
    });
    return 'fine';
  }

  @Get('slow')
  async slow(tasks: BackgroundTasks): Promise<string> {
    note('entered');
    await release.promise;
    tasks.addTask(note, 'first');
    added.resolve();
    return 'fine';
  }
}

function fail(): never {
  throw new Error('first failed');
}

async function addWhenReleased(tasks: BackgroundTasks): Promise<void> {
  await release.promise;
  tasks.addTask(note, 'late 1').with({ name: 'late 1' });
  tasks.addTask(note, 'late 2').with({ name: 'late 2' });
  added.resolve();
}

const module = { controllers: [Late] };

beforeEach(() => {
  timeline = new Timeline();
  release = deferred();
  added = deferred();
});

describe.each(platforms)('a task added late on $name', (platform) => {
  it('by a task, runs after those added before it', async () => {
    const running = await start(platform, module);
    await request(running, '/nested');
    await running.runner.idle();
    expect(timeline.events).toEqual(['outer begins', 'outer ends', 'next', 'nested']);
  });

  it('by a promise nobody awaited, runs after the batch has finished', async () => {
    const running = await start(platform, module);
    await request(running, '/forgotten-promise');
    await running.runner.idle();
    expect(timeline.events).toEqual(['first']);
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.events).toEqual(['first', 'late 1', 'late 2']);
  });

  it('runs as well when it is the first of its batch, after the response has closed', async () => {
    const running = await start(platform, module, undefined, timeline);
    await request(running, '/nothing-before');
    await timeline.until('close');
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.of('late ')).toEqual(['1', '2']);
  });

  it('is still skipped when its handler had failed', async () => {
    const running = await start(platform, module, undefined, timeline);
    expect((await request(running, '/throws-with-nothing-before')).status).toBe(500);
    await timeline.until('close');
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.of('late ')).toEqual([]);
    expect(running.logger.ofTasks('debug').map(({ message }) => message)).toEqual([
      'Background task "late 1" was skipped: the response ended in failure.',
      'Background task "late 2" was skipped: the response ended in failure.',
    ]);
  });

  it('by a handler whose client had gone, runs once the handler has ended', async () => {
    const running = await start(platform, module, undefined, timeline);
    const connection = await Connection.open(running);
    connection.send('/slow');
    await timeline.until('entered');
    connection.hangUp();
    await timeline.until('close');
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.count('first')).toBe(1);
  });

  it('is skipped and reported when a task before it had failed', async () => {
    const running = await start(platform, module);
    await request(running, '/after-a-failure');
    await running.runner.idle();
    release.resolve();
    await added.promise;
    await running.runner.idle();
    expect(timeline.events).toEqual([]);
    expect(running.logger.ofTasks('warn').map(({ message }) => message)).toEqual([
      'Background task "late 1" was skipped: "fail" had failed before its turn came.',
      'Background task "late 2" was skipped: "fail" had failed before its turn came.',
    ]);
  });

  it('by a task that then fails, is among those reported as skipped', async () => {
    const running = await start(platform, module);
    await request(running, '/nested-in-a-failure');
    await running.runner.idle();
    expect(timeline.events).toEqual([]);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background task "anonymous" failed: Error: first failed. Skipped after it: "nested".',
    ]);
  });
});
