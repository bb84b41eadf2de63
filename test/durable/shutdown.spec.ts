import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type OnApplicationShutdown, type OnModuleDestroy, Injectable } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';
import { express, request } from '../harness/application.js';
import { deferred, type Deferred } from '../harness/deferred.js';
import { MemoryEngine } from '../harness/memory-engine.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, script, timeline } from './mailer.js';

@Injectable()
class Resource implements OnModuleDestroy, OnApplicationShutdown {
  onModuleDestroy(): void {
    timeline.mark('hook destroy');
  }

  onApplicationShutdown(): void {
    timeline.mark('hook shutdown');
  }
}

let release: Deferred;

@Controller()
class Points {
  constructor(private readonly mailer: Mailer) {}

  @Get()
  add(tasks: BackgroundTasks): string {
    tasks.addTask(this.mailer, 'send', 'mail');
    return 'fine';
  }

  @Get('slow')
  async slow(tasks: BackgroundTasks): Promise<string> {
    timeline.mark('in the handler');
    await release.promise;
    return this.add(tasks);
  }
}

describe('the shutdown of an application with an engine', () => {
  let running: DurableRunning;

  const begin = async (shutdownTimeout = 10_000, worker = true): Promise<void> => {
    running = await startDurable(
      express,
      {
        controllers: [Points],
        imports: [BackgroundTasksModule.forRoot({ shutdownTimeout })],
        providers: [Resource],
      },
      { worker },
    );
  };

  beforeEach(() => {
    beginAnew();
    release = deferred();
  });

  async function store(...steps: string[]): Promise<string> {
    const id = randomUUID();
    const list = steps.map((what) => ({ name: 'mail.send', args: [what], outcome: 'success' as const }));
    await running.engine.submit({ v: 1, id, steps: list, carry: {} }, { hold: 0 });
    return id;
  }

  const lines = (level: 'log' | 'warn' | 'error'): unknown[] =>
    running.logger.ofTasks(level).map(({ message }) => message);

  it('lets the current step end before other modules close, and leaves the rest to another worker', async () => {
    await begin();
    script.set('a', () => release.promise);
    const id = await store('a', 'b');
    await timeline.until('begins a');
    const closing = running.app.close();
    await running.engine.until('stopClaiming');
    release.resolve();
    await closing;
    expect(timeline.events.indexOf('sent a after success')).toBeLessThan(timeline.events.indexOf('hook shutdown'));
    expect(timeline.of('begins ')).toEqual(['a']);
    expect(running.engine.store.find(id)).toMatchObject({ state: 'waiting', crashes: 0 });
    expect(running.engine.calls.at(-1)).toEqual({ method: 'close' });
    const other = new MemoryEngine(running.engine.store);
    const claimed = new Promise(
      (resolve) =>
        void other.consume(async ({ progress }) => (resolve(progress), { type: 'done' }), {
          concurrency: 1,
          lease: 1,
          checkEvery: 1,
          maxCrashes: 1,
        }),
    );
    expect(await claimed).toEqual({ cursor: 1, failures: 0 });
    await other.close(0);
  });

  it('aborts a step that takes too long; no attempt is spent, and another worker begins it again', async () => {
    await begin(5);
    script.set(
      'a',
      () =>
        new Promise<void>((_, reject) => {
          const signal = currentTask()?.signal;
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    const id = await store('a');
    await timeline.until('begins a');
    await running.app.close();
    await running.engine.store.until(id, 'waiting');
    expect(JSON.parse(running.engine.store.find(id)?.data ?? '')).toMatchObject({
      progress: { cursor: 0, failures: 0 },
    });
  });

  it('names the step that does not end, and does not call it lost', async () => {
    await begin(5);
    script.set('a', () => new Promise(() => undefined));
    const id = await store('a');
    await timeline.until('begins a');
    await running.app.close();
    expect(lines('error')).toEqual([]);
    expect(lines('warn')).toEqual([
      'Durable background tasks were not done within the shutdownTimeout of 5 ms, and another worker begins them again: "Mailer.send".',
    ]);
    await running.engine.store.until(id, 'waiting');
  });

  it('says that it waits for what is on its way to the store', async () => {
    await begin();
    const released = deferred();
    running.engine.before = ({ method }) => (method === 'release' ? released.promise : Promise.resolve());
    await request(running, '/');
    await running.engine.until('release');
    const closing = running.app.close();
    while (lines('log').length === 0) await turn();
    released.resolve();
    await closing;
    expect(lines('log')).toEqual([
      'The application shuts down, and waits for durable tasks that are handed over to their store.',
    ]);
  });

  it('stores and releases what a handler at work adds', async () => {
    await begin(10_000, false);
    const answer = request(running, '/slow');
    await timeline.until('in the handler');
    const closing = running.app.close();
    release.resolve();
    expect(await answer).toMatchObject({ status: 200 });
    await closing;
    expect(running.calls()).toEqual(['submit', 'release']);
    expect(running.engine.calls.at(-1)).toEqual({ method: 'close' });
  });

  it.each<[string, () => void]>([
    ['out of reach', () => (running.engine.down = true)],
    ['hanging', () => (running.engine.hanging = true)],
  ])('ends where the engine is %s, and says what is lost', async (_, fail) => {
    await begin(20);
    let tasks: BackgroundTasks | undefined;
    await running.runner.scope((own) => void (tasks = own));
    await running.runner.idle();
    fail();
    tasks?.addTask(running.app.get<Mailer>(Mailer), 'send', 'late');
    await running.engine.until('submit');
    await running.app.close();
    await Promise.resolve();
    expect(running.logger.ofTasks('error').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('"Mailer.send" could not be stored, and will not run'),
    );
  });
});
