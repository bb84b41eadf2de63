import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { eventsOf, note, noting, startWith, timeline } from './scene.js';

class Twice extends BackgroundTask {
  override async run(): Promise<void> {
    await super.run();
    await super.run();
  }
}

/** Those in it are one unit: all of them, or it has failed. */
class Transaction extends BackgroundTasks {
  override async run(): Promise<void> {
    note('begin');
    await super.run();
    note('commit');
  }
}

describe.each(platforms)('a class of tasks with a run() of its own, on $name,', (platform) => {
  it('is run by it, and is one task of its response if it has many', async () => {
    const running = await startWith(platform, ({ tasks, reply }) => {
      tasks.addTask(new Twice(note, 'twice'));
      const transaction = new Transaction([noting('a'), noting('b')]);
      reply.background = transaction;
      transaction.addTask(noting('c'));
      note(`${tasks.size} waiting`);
    });
    const told = eventsOf(running);
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['2 waiting', 'twice', 'twice', 'begin', 'a', 'b', 'c', 'commit']);
    expect(told.flatMap((event) => (event.type === 'succeeded' ? event.name : []))).toEqual(['note', 'Transaction']);
  });

  it('has the options that it was given, and a name', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(new Transaction([noting('never')]).with({ runOn: 'failure' }));
      tasks.addTask(new Transaction([noting('a')])).with({ name: 'booking' });
      const failing = new Transaction();
      failing.addTask(() => Promise.reject(new Error('on purpose')));
      failing.addTask(noting('never'));
      tasks.addTask(failing);
      tasks.addTask(noting('skipped'));
    });
    const told = eventsOf(running);
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['begin', 'a', 'commit', 'begin']);
    expect(told.flatMap((event) => (event.type === 'succeeded' ? event.name : []))).toEqual(['booking']);
    expect(running.logger.ofTasks('error').map(({ message }) => String(message))).toEqual([
      expect.stringContaining('"Transaction" failed'),
    ]);
    expect(running.runner.stats()).toMatchObject({ succeeded: 1, failed: 1, skipped: 2 });
  });

  it('is cancelled as one', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      note(`cancelled: ${tasks.addTask(new Transaction([noting('never')])).cancel()}`);
    });
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['cancelled: true']);
    expect(running.runner.stats()).toMatchObject({ skipped: 1 });
  });
});
