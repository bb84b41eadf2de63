import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  currentTask,
} from 'nestjs-background-tasks';
import { filter, firstValueFrom, map, Subject, take, toArray } from 'rxjs';
import { platforms, request, type Running, start } from '../harness/application.js';

const boom = new Error('boom');

@Controller()
class Handlers {
  @Get('everything')
  everything(tasks: BackgroundTasks): string {
    tasks.addTask(() => undefined).with({ name: 'fine' });
    tasks.addTask(() => undefined).with({ name: 'for a failure', runOn: 'failure' });
    tasks
      .addTask(() => {
        if (currentTask()?.attempt === 1) throw boom;
      })
      .with({ name: 'flaky', retries: { retries: 1, minTimeout: 0 } });
    tasks.addTask(() => Promise.reject(boom)).with({ name: 'failing' });
    tasks.addTask(() => undefined).with({ name: 'after it' });
    return 'fine';
  }

  @Get('nothing')
  nothing(): string {
    return 'fine';
  }

  @Get('one')
  one(tasks: BackgroundTasks): string {
    tasks.addTask(async () => Promise.resolve()).with({ name: 'one' });
    return 'fine';
  }
}

let events: BackgroundTasksEvent[];

beforeEach(() => {
  events = [];
});

describe.each(platforms)('events$ on $name', (platform) => {
  const startHandlers = () => start(platform, { controllers: [Handlers] });
  const eventsOf = ({ app }: Running) => app.get(BackgroundTasksEvents).events$;

  async function run(running: Running, path: string): Promise<void> {
    await request(running, path);
    await running.runner.idle();
  }

  it('tells everything that happens to a batch and its tasks, in order', async () => {
    const running = await startHandlers();
    eventsOf(running).subscribe((event) => events.push(event));
    const before = Date.now();
    await run(running, '/everything');
    // the wall clock tells whole milliseconds
    const after = Date.now() + 1;
    const id = (events[0] as { batchId: string }).batchId;
    const told = events.map(({ timestamp, ...event }) => {
      expect(timestamp).toBeGreaterThanOrEqual(before);
      expect(timestamp).toBeLessThanOrEqual(after);
      return event;
    });
    const of = (name: string, index: number) => ({ batchId: id, name, index });
    const source = { kind: 'http', name: 'GET /everything', handler: 'Handlers.everything' };
    const time: unknown = expect.any(Number);
    const moments = { startedAt: time, handlerEndedAt: time, endedAt: time };
    expect(told).toEqual([
      { type: 'added', ...of('fine', 0), source },
      { type: 'added', ...of('for a failure', 1), source },
      { type: 'added', ...of('flaky', 2), source },
      { type: 'added', ...of('failing', 3), source },
      { type: 'added', ...of('after it', 4), source },
      { type: 'settled', batchId: id, outcome: 'success', status: 200, aborted: false, source, ...moments },
      { type: 'started', ...of('fine', 0) },
      { type: 'succeeded', ...of('fine', 0), attempt: 1 },
      { type: 'skipped', ...of('for a failure', 1), reason: 'outcome' },
      { type: 'started', ...of('flaky', 2) },
      { type: 'retrying', ...of('flaky', 2), attempt: 2, error: boom, failedAt: expect.any(Number) },
      { type: 'succeeded', ...of('flaky', 2), attempt: 2 },
      { type: 'started', ...of('failing', 3) },
      { type: 'failed', ...of('failing', 3), attempt: 1, error: boom },
      { type: 'skipped', ...of('after it', 4), reason: 'failure' },
      { type: 'finished', batchId: id },
    ]);
  });

  it('gives each batch an id of its own, and tells nothing of responses without tasks', async () => {
    const running = await startHandlers();
    eventsOf(running)
      .pipe(filter((event) => event.type === 'finished'))
      .subscribe((event) => events.push(event));
    await run(running, '/one');
    await run(running, '/nothing');
    await run(running, '/one');
    const ids = events.map((event) => ('batchId' in event ? event.batchId : undefined));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it('tells when the application has drained', async () => {
    const running = await startHandlers();
    eventsOf(running).subscribe((event) => events.push(event));
    await run(running, '/one');
    await running.close();
    expect(events.map(({ type }) => type)).toEqual(['added', 'settled', 'started', 'succeeded', 'finished', 'drained']);
    expect(events.at(-1)).toMatchObject({ type: 'drained', lost: [] });
  });

  it('harms nobody when a subscriber throws, not even behind an operator, and logs it', async () => {
    const running = await startHandlers();
    const events$ = eventsOf(running);
    const throwing = (): never => {
      throw boom;
    };
    events$.subscribe(throwing);
    events$.subscribe({ next: throwing });
    events$.pipe(map((event) => event.type)).subscribe(throwing);
    events$.pipe(map(throwing)).subscribe(() => undefined);
    events$.pipe(take(1)).subscribe({ complete: throwing });
    events$.pipe(map(throwing)).subscribe({ error: throwing });
    eventsOf(running).subscribe((event) => events.push(event));
    await run(running, '/one');
    expect(events.map(({ type }) => type)).toEqual(['added', 'settled', 'started', 'succeeded', 'finished']);
    const lines = running.logger.ofTasks('error');
    expect(new Set(lines.map(({ message }) => message))).toEqual(
      new Set(['A subscriber of BackgroundTasksEvents threw Error: boom.']),
    );
    expect(lines).toHaveLength(3 * 5 + 3);
    // rxjs would report it in a turn of its own, as an uncaught exception
    await new Promise((resolve) => setTimeout(resolve));
  });

  it('is an observable like any other', async () => {
    const running = await startHandlers();
    const two = firstValueFrom(eventsOf(running).pipe(take(2), toArray()));
    const silent = eventsOf(running).subscribe();
    await run(running, '/one');
    expect((await two).map(({ type }) => type)).toEqual(['added', 'settled']);
    silent.unsubscribe();
    expect(silent.closed).toBe(true);
  });

  it('makes nothing without subscribers', async () => {
    const running = await startHandlers();
    const next = jest.spyOn(Subject.prototype, 'next');
    // of whatever else is told by subjects, nothing is about a batch
    const told = (): unknown[] => next.mock.calls.filter(([value]) => Object.hasOwn(Object(value), 'batchId'));
    await run(running, '/everything');
    expect(told()).toEqual([]);
    eventsOf(running).subscribe().unsubscribe();
    await run(running, '/one');
    expect(told()).toEqual([]);
    eventsOf(running).subscribe();
    await run(running, '/one');
    expect(told()).toHaveLength(5);
    next.mockRestore();
  });
});

it('is injectable in every module', async () => {
  const { Test } = await import('@nestjs/testing');
  class Monitor {
    constructor(readonly events: BackgroundTasksEvents) {}
  }
  const provider = {
    provide: Monitor,
    inject: [BackgroundTasksEvents],
    useFactory: (e: BackgroundTasksEvents) => new Monitor(e),
  };
  const module = await Test.createTestingModule({ imports: [BackgroundTasksModule], providers: [provider] }).compile();
  expect(module.get(Monitor).events).toBe(module.get(BackgroundTasksEvents));
});
