import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { MemoryTransaction } from '../harness/memory-engine.js';
import { type DurableRunning, startDurable } from './application.js';
import { beginAnew, Mailer, timeline } from './mailer.js';

let act: (tasks: BackgroundTasks, mailer: Mailer) => unknown;

@Controller()
class Anything {
  constructor(private readonly mailer: Mailer) {}

  @Get()
  anything(tasks: BackgroundTasks): unknown {
    return act(tasks, this.mailer);
  }
}

describe.each(platforms)('persistIn() on $name', (platform) => {
  let running: DurableRunning;

  beforeEach(async () => {
    beginAnew();
    running = await startDurable(platform, { controllers: [Anything] });
  });

  it('stores what was added in the transaction of the handler; later tasks are a batch of their own', async () => {
    let id: string | undefined;
    act = async (tasks, mailer) => {
      const transaction = new MemoryTransaction();
      tasks.addTask(mailer, 'send', 'in the transaction');
      id = await tasks.persistIn(transaction);
      transaction.commit();
      tasks.addTask(mailer, 'send', 'after it');
      return 'fine';
    };
    await request(running, '/');
    await timeline.until('sent in the transaction after success');
    await timeline.until('sent after it after success');
    expect(running.engine.store.find(id ?? '')).toBeDefined();
    expect(running.stored()).toHaveLength(2);
  });

  it('rolled back, they never were, and nothing waits for them', async () => {
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'never');
      tasks.addTask(mailer, 'audit', 'never, too').with({ runOn: 'always' });
      await tasks.persistIn(new MemoryTransaction());
      throw new Error('rolled back');
    };
    expect(await request(running, '/')).toMatchObject({ status: 500 });
    await running.runner.idle();
    expect(timeline.events).toEqual([]);
    expect(running.calls()).toEqual(['submit', 'discard']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, skipped: 2 });
  });

  it('rejects with what the driver throws; where the handler goes on, they are stored with the others', async () => {
    let thrown: unknown;
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'first');
      running.engine.down = true;
      thrown = await tasks.persistIn(new MemoryTransaction()).catch((error: unknown) => error);
      running.engine.down = false;
      tasks.addTask(mailer, 'send', 'second');
      return 'fine';
    };
    expect(await request(running, '/')).toMatchObject({ status: 200 });
    await timeline.until('sent second after success');
    expect(thrown).toMatchObject({ message: 'The store is out of reach.' });
    expect(timeline.of('begins ')).toEqual(['first', 'second']);
    expect(running.stored()).toEqual([['Mailer.send', 'Mailer.send']]);
  });

  it('rejects where it cannot be, with an engine that has no part in transactions', async () => {
    let thrown: unknown;
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'send', 'a');
      thrown = await tasks.persistIn({ query: async () => [] }).catch((error: unknown) => error);
      return 'fine';
    };
    await request(running, '/');
    await timeline.until('sent a after success');
    expect(thrown).toMatchObject({ message: 'Cannot store it in a transaction of a database.' });
  });

  it.each([undefined, null, {}, 'text', { query: 1 }])('refuses what is no transaction: %p', async (transaction) => {
    let thrown: unknown;
    act = async (tasks) => {
      thrown = await tasks.persistIn(transaction as never).catch((error: unknown) => error);
      return 'fine';
    };
    await request(running, '/');
    expect(thrown).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('Expected `transaction` to be'),
    });
  });

  it('does nothing where there is nothing to store', async () => {
    let id: unknown = 'none yet';
    act = async (tasks, mailer) => {
      tasks.addTask(mailer, 'note', 'here');
      id = await tasks.persistIn(new MemoryTransaction());
      return 'fine';
    };
    await request(running, '/');
    expect(id).toBeUndefined();
    expect(running.calls()).toEqual([]);
  });
});
