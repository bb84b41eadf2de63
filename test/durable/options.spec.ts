import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Injectable, Scope } from '@nestjs/common';
import {
  BackgroundTasks,
  BackgroundTasksModule,
  currentTask,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import { express, request } from '../harness/application.js';
import { MemoryTransaction } from '../harness/memory-engine.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, script, timeline } from './mailer.js';

const store = new AsyncLocalStorage<string>();

/** Carries what it knows, as tracing does. */
@Injectable()
class Carrying implements TaskInterceptor {
  get isEnabled(): boolean {
    return true;
  }

  async intercept({ name }: TaskContext, next: () => Promise<void>): Promise<void> {
    timeline.mark(`around ${name}`);
    await next();
  }

  async store(
    { names, system, queue, carry }: Parameters<Required<TaskInterceptor>['store']>[0],
    next: () => Promise<void>,
  ): Promise<void> {
    timeline.mark(`storing ${names.join()} in ${queue} of ${system}`);
    carry['trace'] = store.getStore() ?? 'none';
    await next();
  }
}

let act: (tasks: BackgroundTasks, mailer: Mailer) => unknown;

@Controller()
class Anything {
  constructor(private readonly mailer: Mailer) {}

  @Get()
  anything(tasks: BackgroundTasks): unknown {
    return act(tasks, this.mailer);
  }
}

describe('the options of the durable half', () => {
  let running: DurableRunning;

  beforeEach(beginAnew);

  const begin = async (options: Parameters<typeof startDurable>[2] = {}, tasks = {}): Promise<void> => {
    running = await startDurable(
      express,
      { controllers: [Anything], imports: [BackgroundTasksModule.forRoot(tasks)], providers: [Carrying] },
      options,
    );
  };
  const errors = (): string[] => running.logger.ofTasks('error').map(({ message }) => String(message));

  it('carry: called where it is stored, in the context of the last adder; interceptors add to it', async () => {
    let carried: unknown;
    await begin({ carry: () => ({ request: store.getStore() ?? 'none' }) }, { interceptors: [Carrying] });
    script.set('b', () => (carried = currentTask()?.carried));
    act = (tasks, mailer) => {
      store.run('first', () => tasks.addTask(mailer, 'send', 'a'));
      store.run('second', () => tasks.addTask(mailer, 'send', 'b'));
      return 'fine';
    };
    await request(running, '/');
    await timeline.until('sent b after success');
    expect(carried).toEqual({ request: 'second', trace: 'second' });
    expect(timeline.of('storing ')).toEqual(['Mailer.send,Mailer.send in background-tasks of memory']);
    expect(timeline.of('around ')).toEqual(['Mailer.send', 'Mailer.send']);
  });

  it('an interceptor that is not enabled wraps no storing, and one that cannot say so does', async () => {
    const isEnabled = jest.spyOn(Carrying.prototype, 'isEnabled', 'get').mockReturnValue(false);
    await begin({}, { interceptors: [Carrying] });
    act = (tasks, mailer) => tasks.addTask(mailer, 'send', 'a').name;
    await request(running, '/');
    await timeline.until('sent a after success');
    expect([...timeline.of('storing '), ...timeline.of('around ')]).toEqual([]);
    isEnabled.mockImplementation(() => {
      throw new Error('on purpose');
    });
    expect(await request(running, '/')).toMatchObject({ status: 200 });
    await timeline.until('sent a after success', 2);
    expect([timeline.of('storing ').length, timeline.of('around ').length]).toEqual([1, 1]);
    isEnabled.mockRestore();
  });

  it('a task in a worker knows where it was stored; one of this process was nowhere', async () => {
    const seen: unknown[] = [];
    await begin({ queue: 'mails' });
    script.set('a', () => seen.push(currentTask()?.stored));
    act = (tasks, mailer) => {
      tasks.addTask(() => seen.push(currentTask()?.stored));
      tasks.addTask(mailer, 'send', 'a');
      return 'fine';
    };
    await request(running, '/');
    await timeline.until('sent a after success');
    expect(seen).toHaveLength(2);
    expect(seen).toEqual(expect.arrayContaining([undefined, { system: 'memory', queue: 'mails' }]));
  });

  it.each<[string, () => Record<string, string>]>([
    [
      'throws',
      () => {
        throw new Error('no carry');
      },
    ],
    ['returns what is no text', () => ({ id: 1 }) as never],
    ['returns too much', () => ({ id: 'x'.repeat(1000) })],
  ])('carry that %s: the client gets 503, and nothing is stored', async (_, carry) => {
    await begin({ carry, maxPayload: 500 });
    act = (tasks, mailer) => tasks.addTask(mailer, 'send', 'a').name;
    expect(await request(running, '/')).toMatchObject({ status: 503 });
    expect(running.calls()).toEqual([]);
  });

  it('maxPayload: the task that crosses it is refused, with both numbers, and the others are stored', async () => {
    await begin({ maxPayload: 100 });
    let error: unknown;
    act = (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'x'.repeat(60));
      try {
        tasks.addTask(mailer, 'send', 'y'.repeat(60));
      } catch (thrown) {
        error = thrown;
      }
      return 'fine';
    };
    expect(await request(running, '/')).toMatchObject({ status: 200 });
    await timeline.until(`sent ${'x'.repeat(60)} after success`);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as RangeError).message).toMatch(
      /"Mailer\.send": with it, .* take 128 bytes, and `maxPayload` is 100/,
    );
    expect(running.runner.stats()).toMatchObject({ pending: 0, stored: 1 });
  });

  it('hold: prolonged as long as the response lasts, so that nothing runs early', async () => {
    await begin({ hold: 60, submitTimeout: 20 });
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      await tasks.persistIn(new MemoryTransaction());
      const [{ id = '' } = {}] = running.engine.calls.filter(({ method }) => method === 'submit');
      running.engine.store.add(
        { v: 1, id, steps: [{ name: 'mail.send', args: ['a'], outcome: 'success' }], carry: {} },
        60,
      );
      await running.engine.until('extend', 4);
      return timeline.count('begins a');
    };
    expect(await request(running, '/')).toMatchObject({ status: 200, body: '0' });
    await timeline.until('sent a after success');
  });

  it('retries and timeout of a task are its own; of others, those of the module of the engine', async () => {
    await begin({}, { defaults: { retries: 7, runOn: 'always' } });
    act = (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      tasks
        .addTask(mailer, 'send', 'b')
        .with({ timeout: Infinity, retries: { retries: 1, maxTimeout: Infinity }, name: 'b' });
      return 'fine';
    };
    let steps: unknown;
    running.engine.before = async ({ method }) => {
      if (method === 'release') steps = stepsOf(running);
    };
    await request(running, '/');
    await timeline.until('sent b after success');
    expect(steps).toEqual([
      { name: 'mail.send', args: ['a'], outcome: 'success' },
      {
        name: 'mail.send',
        args: ['b'],
        outcome: 'success',
        label: 'b',
        timeout: null,
        retries: { retries: 1, maxTimeout: null },
      },
    ]);
  });

  it('maxPending: what is stored does not count', async () => {
    await begin({}, { maxPending: 1 });
    const refused: unknown[] = [];
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      await tasks.persistIn(new MemoryTransaction());
      tasks.addTask(mailer, 'send', 'b');
      try {
        tasks.addTask(mailer, 'note', 'c');
      } catch (error) {
        refused.push((error as Error).name);
      }
      return 'fine';
    };
    expect(await request(running, '/')).toMatchObject({ status: 200 });
    expect(refused).toEqual(['TooManyBackgroundTasksError']);
    expect(errors()).toEqual([]);
  });

  it('scope: with Scope.DEFAULT, too, idle() in a handler that has durable tasks says that it would wait for itself', async () => {
    await begin({}, { scope: Scope.DEFAULT });
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      return running.runner.idle().catch((error: unknown) => (error as Error).name);
    };
    expect(await request(running, '/')).toMatchObject({ body: 'WaitsForItselfError' });
    await timeline.until('sent a after success');
  });
});

function stepsOf({ engine }: DurableRunning): unknown {
  const [{ id = '' } = {}] = engine.calls.filter(({ method }) => method === 'submit');
  return (JSON.parse(engine.store.find(id)?.data ?? '{}') as { batch?: { steps?: unknown } }).batch?.steps;
}
