import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type LoggerService } from '@nestjs/common';
import {
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { platforms, request, type Running, start } from '../harness/application.js';
import { failuresOf } from '../harness/failures.js';
import { Timeline } from '../harness/timeline.js';
import { THROWN } from './harm/thrown.js';

let timeline: Timeline;
let thrown: unknown;
let retries: number;

function fail(): never {
  timeline.mark('attempt');
  throw thrown;
}

function explode(): never {
  throw new Error('this is not to be called unguarded');
}

class Wraps implements TaskInterceptor {
  async intercept(_: TaskContext, next: () => Promise<void>): Promise<void> {
    await next();
  }
}

@Controller()
class Handlers {
  @Get('fails')
  fails(tasks: BackgroundTasks): string {
    tasks.addTask(fail).with({ retries: { retries, minTimeout: 0 } });
    tasks.addTask(explode).with({ name: 'after it' });
    return 'fine';
  }

  @Get('named-by-a-symbol')
  namedByASymbol(tasks: BackgroundTasks): string {
    const task = Object.defineProperty(() => fail(), 'name', { value: Symbol('name') });
    tasks.addTask(task).with({ retries: { retries, minTimeout: 0 } });
    return 'fine';
  }

  @Get('fine')
  fine(tasks: BackgroundTasks): string {
    tasks.addTask(() => timeline.mark('the next batch'));
    return 'fine';
  }
}

/** Loggers that fail, each in its own way, at whatever level. */
const LOGGERS: Record<string, Partial<LoggerService>> = {
  throws: { log: explode, error: explode, warn: explode, debug: explode },
  rejects: Object.fromEntries(['log', 'error', 'warn', 'debug'].map((level) => [level, async () => explode()])),
  'has no method but log': { log: () => undefined },
  'throws when it is asked for its methods': new Proxy({}, { get: explode }),
};

beforeEach(() => {
  timeline = new Timeline();
  retries = 0;
  thrown = new Error('boom');
  jest.spyOn(process, 'emitWarning').mockReturnValue();
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(platforms)('on $name, a batch', (platform) => {
  const startWith = (options: BackgroundTasksModuleOptions = {}) =>
    start(platform, {
      imports: [BackgroundTasksModule.forRoot({ concurrency: 1, ...options })],
      controllers: [Handlers],
    });

  /** One batch that fails, and one behind it; resolves when both have come to their end, and nothing was left over. */
  async function run(running: Running, path = '/fails'): Promise<string[]> {
    const told: string[] = [];
    running.app.get(BackgroundTasksEvents).events$.subscribe((event) => {
      if ('name' in event && event.type !== 'added') told.push(`${event.type} ${event.name}`);
    });
    await request(running, path);
    await request(running, '/fine');
    await running.runner.idle();
    // jest fails a test that leaves a rejection or an exception to nobody
    await new Promise((resolve) => setImmediate(resolve));
    return told;
  }

  const onceFailed = ['started fail', 'failed fail', 'skipped after it', 'started anonymous', 'succeeded anonymous'];

  it.each(THROWN)('goes on to its end where a task throws what cannot be looked at: %s', async (_, what) => {
    thrown = what;
    const running = await startWith();
    const failures = failuresOf(running);
    expect(await run(running)).toEqual(onceFailed);
    expect(failures).toHaveLength(1);
    expect(Object.is(failures[0], what)).toBe(true);
    expect(timeline.events).toEqual(['attempt', 'the next batch']);
    const [line, ...others] = running.logger.ofTasks('error');
    expect(others).toEqual([]);
    expect(line?.message).toMatch(/^Background task "fail" failed/);
    expect(line?.message).toMatch(/Skipped after it: "after it"\.$/);
    expect(String(line?.message).length).toBeLessThan(10_000);
  });

  it.each(THROWN)('makes every attempt of a task, whatever the one before threw: %s', async (_, what) => {
    thrown = what;
    retries = 2;
    const running = await startWith({ interceptors: [Wraps] });
    const told = await run(running);
    expect(told.slice(0, 5)).toEqual([
      'started fail',
      'retrying fail',
      'retrying fail',
      'failed fail',
      'skipped after it',
    ]);
    expect(timeline.events).toEqual(['attempt', 'attempt', 'attempt', 'the next batch']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, failed: 1, skipped: 1 });
  });

  it.each(Object.keys(LOGGERS))('goes on to its end where the logger %s', async (which) => {
    retries = 1;
    const running = await startWith();
    running.app.useLogger(LOGGERS[which] as LoggerService);
    const told = await run(running);
    expect(told).toEqual(['started fail', 'retrying fail', ...onceFailed.slice(1)]);
    expect(timeline.count('attempt')).toBe(2);
    running.app.useLogger(running.logger);
  });

  it('goes on to its end where subscribers fail, each in its own way', async () => {
    retries = 1;
    const running = await startWith();
    const { events$ } = running.app.get(BackgroundTasksEvents);
    const rejects: () => unknown = async () => explode();
    events$.subscribe(explode);
    events$.subscribe(rejects);
    events$.subscribe({
      get next() {
        return explode();
      },
    });
    events$.subscribe().add(explode);
    expect(await run(running)).toEqual(['started fail', 'retrying fail', ...onceFailed.slice(1)]);
  });

  it('goes on to its end where the name of a task is none', async () => {
    retries = 1;
    const running = await startWith();
    expect(await run(running, '/named-by-a-symbol')).toEqual([
      'started anonymous',
      'retrying anonymous',
      'failed anonymous',
      'started anonymous',
      'succeeded anonymous',
    ]);
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background task "anonymous" failed after 2 attempts: Error: boom.',
    ]);
  });

  it('goes on to its end where everything fails at once', async () => {
    retries = 1;
    thrown = THROWN[0]?.[1];
    const running = await startWith({ interceptors: [Wraps] });
    running.app.get(BackgroundTasksEvents).events$.subscribe(explode);
    running.app.useLogger(LOGGERS['throws'] as LoggerService);
    expect(await run(running)).toEqual(['started fail', 'retrying fail', ...onceFailed.slice(1)]);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 1, failed: 1 });
    running.app.useLogger(running.logger);
  });
});
