import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication, Param } from '@nestjs/common';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { platforms, request, start } from '../harness/application.js';
import { type Deferred, deferred } from '../harness/deferred.js';

const requests = new AsyncLocalStorage<string>();

let told: Array<[event: BackgroundTasksEvent, request: string | undefined]>;
let release: Deferred;

@Controller()
class Handlers {
  @Get('everything/:id')
  everything(@Param('id') id: string, tasks: BackgroundTasks): string {
    requests.run(`${id}, first`, () => tasks.addTask(() => undefined).with({ name: 'fine' }));
    requests.run(`${id}, second`, () => {
      tasks
        .addTask(() => Promise.reject(new Error('boom')))
        .with({ name: 'fails', retries: { retries: 1, minTimeout: 0 } });
    });
    requests.run(`${id}, third`, () => tasks.addTask(() => undefined).with({ name: 'after it' }));
    return 'fine';
  }

  @Get('held/:id')
  held(@Param('id') id: string, tasks: BackgroundTasks): string {
    requests.run(id, () => tasks.addTask(() => release.promise).with({ name: `held ${id}` }));
    return 'fine';
  }

  @Get('late')
  late(tasks: BackgroundTasks): string {
    requests.run('first', () =>
      tasks
        .addTask(() => void requests.run('late', () => tasks.addTask(() => undefined).with({ name: 'late' })))
        .with({ name: 'adds' }),
    );
    return 'fine';
  }
}

beforeEach(() => {
  told = [];
  release = deferred();
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(platforms)('an event on $name', (platform) => {
  async function startWith(options: BackgroundTasksModuleOptions = {}) {
    const imports = [BackgroundTasksModule.forRoot(options)];
    const running = await start(platform, { imports, controllers: [Handlers] });
    listen(running.app);
    return running;
  }

  const listen = (app: INestApplication): void => {
    app.get(BackgroundTasksEvents).events$.subscribe((event) => told.push([event, requests.getStore()]));
  };
  const inWords = (): string[] =>
    told.map(([event, store]) => `${event.type}${'name' in event ? ` ${event.name}` : ''} in ${store}`);

  it('is told in the async context of whoever added its task, or the first task of its batch', async () => {
    const running = await startWith();
    await request(running, '/everything/7');
    await running.runner.idle();
    expect(inWords()).toEqual([
      'added fine in 7, first',
      'added fails in 7, second',
      'added after it in 7, third',
      'settled in 7, first',
      'started fine in 7, first',
      'succeeded fine in 7, first',
      'started fails in 7, second',
      'retrying fails in 7, second',
      'failed fails in 7, second',
      'skipped after it in 7, third',
      'finished in 7, first',
    ]);
  });

  it('is never told in the context of another request, which let its batch in, or made the application drain', async () => {
    const running = await startWith({ concurrency: 1 });
    await request(running, '/held/1');
    await request(running, '/held/2');
    release.resolve();
    await requests.run('another', async () => {
      await running.runner.idle();
      await running.close();
    });
    expect(inWords().filter((event) => !event.includes('drained'))).toEqual(
      expect.arrayContaining(['started held 2 in 2', 'succeeded held 2 in 2', 'finished in 1', 'finished in 2']),
    );
    expect(told.every(([, store]) => store !== 'another')).toBe(true);
    expect(inWords().at(-1)).toBe('drained in undefined');
  });

  it('is told of a task that a task adds before all else, with the name that it was given', async () => {
    const running = await startWith();
    await request(running, '/late');
    await running.runner.idle();
    expect(inWords()).toEqual([
      'added adds in first',
      'settled in first',
      'started adds in first',
      'added late in late',
      'succeeded adds in first',
      'started late in late',
      'succeeded late in late',
      'finished in first',
    ]);
  });

  it('is told of a task that is added when nothing runs any more, before that it is skipped', async () => {
    const running = await startWith();
    await running.close();
    told = [];
    await running.app.get(BackgroundTasksRunner).scope((tasks) => {
      requests.run('too late', () => tasks.addTask(() => undefined).with({ name: 'lost' }));
    });
    await running.runner.idle();
    expect(inWords()[0]).toBe('added lost in too late');
    expect(new Set(told.map(([, store]) => store))).toEqual(new Set(['too late']));
  });

  it('has a time that never goes back, whatever is done to the clock, in fractions of milliseconds', async () => {
    const running = await startWith();
    const now = jest.spyOn(Date, 'now');
    const began = Date.now();
    now.mockReturnValueOnce(began);
    let wall = began;
    now.mockImplementation(() => (wall -= 60_000));
    await request(running, '/everything/7');
    await running.runner.idle();
    const times = told.map(([{ timestamp }]) => timestamp);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times.at(-1)).not.toBe(times[0]);
    expect(times.some((time) => !Number.isInteger(time))).toBe(true);
  });

  it('has the id of its batch, a UUID', async () => {
    const running = await startWith();
    await request(running, '/everything/7');
    await request(running, '/everything/8');
    await running.runner.idle();
    const ids = new Set(told.map(([event]) => ('batchId' in event ? event.batchId : undefined)));
    expect([...ids]).toEqual([expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/), expect.any(String)]);
  });
});
