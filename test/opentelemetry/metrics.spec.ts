import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';
import { platforms, request, type Running, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';
import { measureAll, traceAll } from './sdk.js';

let entered: Deferred;
let release: Deferred;

@Controller()
class Handlers {
  @Get('everything')
  everything(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined).with({ name: 'fine' });
    tasks.addTask(() => undefined).with({ name: 'for a failure', runOn: 'failure' });
    tasks
      .addTask(() => Promise.reject(new RangeError('boom')))
      .with({ name: 'fails', retries: { retries: 1, minTimeout: 0 } });
    tasks.addTask(() => undefined).with({ name: 'after it' });
    return 'fine';
  }

  @Get('waits')
  waits(tasks: BackgroundTasks): string {
    const wait = (): Promise<void> => {
      entered.resolve();
      return release.promise;
    };
    tasks.addTask(wait).with({ name: 'waits' });
    tasks.addTask(() => undefined).with({ name: 'after it' });
    return 'fine';
  }

  @Get('adds')
  adds(tasks: BackgroundTasks): string {
    const adds = async (): Promise<void> => {
      const began = performance.now();
      while (performance.now() - began < 60) await release.promise;
      tasks.addTask(() => undefined).with({ name: 'late' });
    };
    tasks.addTask(adds).with({ name: 'adds' });
    return 'fine';
  }

  @Get('adds-late')
  addsLate(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined).with({ name: 'in time' });
    void release.promise.then(() => tasks.addTask(() => undefined).with({ name: 'late' }));
    return 'fine';
  }
}

beforeEach(() => {
  [entered, release] = [deferred(), deferred()];
});

describe.each(platforms)('the metrics, on $name:', (platform) => {
  const begin = (options: BackgroundTasksModuleOptions = {}): Promise<Running> => {
    const imports = [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor], ...options })];
    return start(platform, { imports, controllers: [Handlers] });
  };

  async function ask(running: Running, path: string): Promise<void> {
    await request(running, path);
    await running.runner.idle();
  }

  it('how long each attempt took, and what became of each task', async () => {
    const numbers = measureAll();
    const running = await begin();
    await ask(running, '/everything');
    expect(await numbers.of('duration')).toEqual([
      [{ name: 'fine' }, 1],
      [{ name: 'fails', 'error.type': 'RangeError' }, 2],
    ]);
    expect(await numbers.of('results')).toEqual([
      [{ name: 'fine', result: 'succeeded' }, 1],
      [{ name: 'for a failure', result: 'skipped', 'skip.reason': 'outcome' }, 1],
      [{ name: 'fails', result: 'failed', 'error.type': 'RangeError' }, 1],
      [{ name: 'after it', result: 'skipped', 'skip.reason': 'failure' }, 1],
    ]);
  });

  it('how long each task waited since its response was over, or since it was added after that', async () => {
    const numbers = measureAll();
    const running = await begin();
    release.resolve();
    await ask(running, '/adds');
    const points = await numbers.points('wait.duration');
    const waits = points.map(({ attributes, value }) => [
      attributes['nestjs.background_task.name'],
      typeof value === 'object' && (value.sum ?? NaN) < 0.055,
    ]);
    expect(waits).toEqual([
      ['adds', true],
      ['late', true],
    ]);
  });

  it('how long a task waited that was added when all others had finished', async () => {
    const numbers = measureAll();
    const running = await begin();
    await ask(running, '/adds-late');
    release.resolve();
    await turn();
    await running.runner.idle();
    expect(await numbers.of('wait.duration')).toEqual([
      [{ name: 'in time' }, 1],
      [{ name: 'late' }, 1],
    ]);
  });

  it('in seconds, with the buckets that are published for them, and no id', async () => {
    const numbers = measureAll();
    await ask(await begin(), '/everything');
    for (const name of ['duration', 'wait.duration']) {
      const metric = await numbers.metric(name);
      const [point] = await numbers.points(name);
      expect(metric?.descriptor.unit).toBe('s');
      expect(typeof point?.value === 'object' && point.value.buckets.boundaries).toEqual([
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300,
      ]);
      expect(Object.keys(point?.attributes ?? {})).toEqual(['nestjs.background_task.name']);
    }
    expect((await numbers.metric('results'))?.descriptor.unit).toBe('{task}');
  });

  it('how many wait and run, until the application has drained', async () => {
    const numbers = measureAll();
    const running = await begin();
    await request(running, '/waits');
    await entered.promise;
    expect(await numbers.of('active')).toEqual([
      [{ state: 'pending' }, 1],
      [{ state: 'running' }, 1],
    ]);
    release.resolve();
    await running.runner.idle();
    await running.close();
    // an SDK that still asked would keep the application for as long as the process lives
    const stats = jest.spyOn(running.runner, 'stats');
    await numbers.of('active');
    expect(stats).not.toHaveBeenCalled();
  });

  it('how many were refused', async () => {
    const numbers = measureAll();
    const running = await begin({ maxPending: 1 });
    await request(running, '/waits');
    release.resolve();
    await running.runner.idle();
    expect(await numbers.of('refused')).toEqual([[{}, 1]]);
  });

  it('are kept without spans, and spans are made without them', async () => {
    const numbers = measureAll();
    const running = await begin();
    await ask(running, '/everything');
    const spans = traceAll();
    await ask(running, '/everything');
    expect(spans.all.map(({ name }) => name)).toEqual(['run fine', 'run fails', 'run fails']);
    expect(await numbers.of('duration')).toMatchObject([
      [{ name: 'fine' }, 2],
      [{ name: 'fails' }, 4],
    ]);
  });

  it('are kept from when an SDK is registered, also after the application has begun', async () => {
    const running = await begin();
    await ask(running, '/everything');
    const numbers = measureAll();
    await ask(running, '/everything');
    await ask(running, '/everything');
    expect(await numbers.of('duration')).toMatchObject([
      [{ name: 'fine' }, 2],
      [{ name: 'fails' }, 4],
    ]);
  });
});
