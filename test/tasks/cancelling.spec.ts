import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks, type BackgroundTasksEvent } from 'nestjs-background-tasks';
import { platforms, request, type Running } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { eventsOf, type Given, note, noting, startWith, timeline } from './scene.js';

/** What was told, in words. */
const inWords = (told: readonly BackgroundTasksEvent[]): string[] =>
  told.map((event) => {
    const name = 'name' in event ? ` ${event.name}` : '';
    return `${event.type}${name}${event.type === 'skipped' ? ` by ${event.reason}` : ''}`;
  });

const counts = ({ runner }: Running): unknown => {
  const { pending, running, succeeded, failed, skipped } = runner.stats();
  return { pending, running, succeeded, failed, skipped };
};

describe.each(platforms)('a task that is cancelled on $name', (platform) => {
  it('is skipped, told of at debug level, and those after it run', async () => {
    const returned: boolean[] = [];
    const running = await startWith(platform, ({ tasks }) => {
      const [a] = ['a', 'b', 'c'].map((name) => tasks.addTask(noting(name)));
      returned.push(a?.cancel() ?? false);
      note(`${tasks.size} left, pending: ${running.runner.stats().pending}`);
    });
    const told = eventsOf(running);
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['2 left, pending: 2', 'b', 'c']);
    expect([returned, counts(running)]).toEqual([
      [true],
      { pending: 0, running: 0, succeeded: 2, failed: 0, skipped: 1 },
    ]);
    expect(inWords(told).filter((event) => event.endsWith('a') || event.includes(' a '))).toEqual([
      'added a',
      'skipped a by cancelled',
    ]);
    expect(running.logger.ofTasks('debug').map(({ message }) => message)).toEqual([
      'Background task "a" was skipped: it was cancelled.',
    ]);
    expect([...running.logger.ofTasks('error'), ...running.logger.ofTasks('warn')]).toEqual([]);
  });

  it('leaves nothing to wait for, if it was the only one, and what is added later runs', async () => {
    const [cancelled, goOn] = [deferred(), deferred()];
    const running = await startWith(platform, async ({ tasks }) => {
      tasks.addTask(noting('a')).cancel();
      cancelled.resolve();
      await goOn.promise;
      tasks.addTask(noting('b'));
    });
    const told = eventsOf(running);
    const answer = request(running, '/once');
    await cancelled.promise;
    await running.runner.idle();
    expect([inWords(told), running.runner.stats().batches]).toEqual([
      ['added a', 'skipped a by cancelled', 'finished'],
      0,
    ]);
    goOn.resolve();
    await answer;
    await running.runner.idle();
    expect([timeline.events, inWords(told).at(-1)]).toEqual([['b'], 'finished']);
  });

  it('before it is added is told of when it is, and does not run', async () => {
    const returned: boolean[] = [];
    const running = await startWith(platform, ({ tasks, reply }) => {
      const [a, b] = [noting('a'), noting('b')];
      const group = new BackgroundTasks([noting('c'), noting('d')]);
      returned.push(a.cancel(), b.cancel(), group.cancel());
      tasks.addTask(a);
      reply.background = new BackgroundTasks([b, noting('e')]);
      reply.background = group;
    });
    const told = eventsOf(running);
    await request(running, '/once');
    await running.runner.idle();
    expect([timeline.events, returned]).toEqual([['e'], [true, true, true]]);
    expect(counts(running)).toEqual({ pending: 0, running: 0, succeeded: 1, failed: 0, skipped: 4 });
    for (const name of ['a', 'b', 'c', 'd']) {
      expect(inWords(told)).toEqual(expect.arrayContaining([`added ${name}`, `skipped ${name} by cancelled`]));
    }
  });

  it('stays so when it is added again, by itself or merged', async () => {
    const running = await startWith(platform, ({ tasks, reply }) => {
      const a = tasks.addTask(noting('a'));
      a.cancel();
      tasks.addTask(a);
      reply.background = new BackgroundTasks([a, noting('b')]);
      reply.background = a;
    });
    await request(running, '/once');
    await running.runner.idle();
    expect([timeline.events, counts(running)]).toEqual([
      ['b'],
      { pending: 0, running: 0, succeeded: 1, failed: 0, skipped: 1 },
    ]);
  });

  it('is skipped for each response that it waits for, and not where it has started', async () => {
    const [work, held] = [deferred(), deferred()];
    const entered = [deferred(), deferred()];
    const shared = new BackgroundTask(async () => {
      note('begins');
      await work.promise;
      note('ends');
    });
    const running = await startWith(platform, async ({ id, tasks }) => {
      tasks.addTask(shared);
      entered[Number(id)]?.resolve();
      if (id !== 'fast') await held.promise;
    });
    const answers = [request(running, '/0'), request(running, '/1')];
    await Promise.all(entered.map(({ promise }) => promise));
    await request(running, '/fast');
    await timeline.until('begins');
    expect([shared.cancel(), shared.cancel()]).toEqual([true, false]);
    expect(counts(running)).toEqual({ pending: 0, running: 1, succeeded: 0, failed: 0, skipped: 2 });
    [work, held].forEach((each) => each.resolve());
    await Promise.all(answers);
    await running.runner.idle();
    expect(timeline.events).toEqual(['begins', 'ends']);
    // what one request has cancelled is not lost for those to come
    await request(running, '/fast');
    await running.runner.idle();
    expect(timeline.events).toEqual(['begins', 'ends', 'begins', 'ends']);
  });

  it('by a task before it, is skipped', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(() => note(`cancelled: ${second.cancel()}`));
      const second = tasks.addTask(noting('second'));
      tasks.addTask(noting('third'));
    });
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['cancelled: true', 'third']);
  });

  const tooLate: Record<string, (given: Given) => void> = {
    'it runs': ({ tasks }) => {
      const task: BackgroundTask = tasks.addTask(() => note(`cancelled: ${task.cancel()}`));
    },
    'it is between two attempts': ({ tasks }) => {
      let attempt = 0;
      const task = tasks
        .addTask(() => {
          if (++attempt === 1) throw new Error('on purpose');
          note('tried again');
        })
        .with({
          retries: { retries: 1, minTimeout: 0, onFailedAttempt: () => note(`cancelled: ${task.cancel()}`) },
        });
    },
    'it has ended': ({ tasks }) => {
      const first = tasks.addTask(() => undefined);
      tasks.addTask(() => note(`cancelled: ${first.cancel()}`));
    },
  };

  it.each(Object.entries(tooLate))('is too late when %s', async (when, handler) => {
    const running = await startWith(platform, handler);
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual(['cancelled: false', ...(when.includes('attempts') ? ['tried again'] : [])]);
    expect(running.runner.stats()).toMatchObject({ failed: 0, skipped: 0 });
  });

  it('with others is one of those that were added with them, and of no others', async () => {
    const running = await startWith(platform, ({ tasks, reply }) => {
      const group = new BackgroundTasks([noting('in the group')]);
      reply.background = group;
      reply.background = noting('attached');
      tasks.addTask(noting('added'));
      tasks.addTask(new BackgroundTasks([noting('added within')]));
      note(`cancelled: ${tasks.cancel()}, and again: ${tasks.cancel()}`);
      tasks.addTask(noting('added later'));
      if (reply.background instanceof BackgroundTask) note(`the last: ${reply.background.name}`);
    });
    await request(running, '/once');
    await running.runner.idle();
    expect(timeline.events).toEqual([
      'cancelled: true, and again: false',
      'the last: attached',
      'in the group',
      'attached',
      'added later',
    ]);
  });

  it('makes room for another, as far as maxPending is concerned', async () => {
    const running = await startWith(
      platform,
      ({ tasks }) => {
        tasks.addTask(noting('a')).cancel();
        tasks.addTask(noting('b'));
      },
      { maxPending: 1 },
    );
    expect((await request(running, '/once')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['b']);
  });

  it('is waited for by nobody at shutdown', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(noting('a')).cancel();
    });
    await request(running, '/once');
    await running.close();
    expect([timeline.events, running.logger.ofTasks('error')]).toEqual([[], []]);
  });
});
