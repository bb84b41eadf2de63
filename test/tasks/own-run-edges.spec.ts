import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { interval, tap } from 'rxjs';
import { platforms, request, type Running } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { eventsOf, type Given, note, noting, startWith, timeline } from './scene.js';

/** Those in it are one unit, and it awaits something before them. */
class Transaction extends BackgroundTasks {
  override async run(): Promise<void> {
    await sleep(1);
    await super.run();
    note('commit');
  }
}

class Own extends BackgroundTask {
  override async run(): Promise<void> {
    await sleep(1);
    await super.run();
  }
}

const retries = { retries: 2, minTimeout: 0 };
const fail = (): never => {
  note('fails');
  throw new Error('on purpose');
};

async function answered(running: Running, path = '/once'): Promise<void> {
  await request(running, path);
  await running.runner.idle();
}

describe.each(platforms)('tasks that a class of its own runs, on $name,', (platform) => {
  it('are tried again from the one that failed, and those that are done are not', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      const inner = new Transaction([noting('b'), new BackgroundTask(fail), noting('never')]);
      tasks.addTask(new Transaction([noting('a'), inner, noting('never')])).with({ retries });
    });
    const told = eventsOf(running);
    await answered(running);
    expect(timeline.events).toEqual(['a', 'b', 'fails', 'fails', 'fails']);
    expect(told.slice(2).map(({ type }) => type)).toEqual(['started', 'retrying', 'retrying', 'failed', 'finished']);
  });

  it('go on once the one that failed is done', async () => {
    let attempt = 0;
    const running = await startWith(platform, ({ tasks }) => {
      const task = new BackgroundTask(() => (++attempt === 1 ? fail() : note('done')));
      tasks.addTask(new Transaction([noting('a'), task, noting('c')])).with({ retries });
    });
    await answered(running);
    expect(timeline.events).toEqual(['a', 'fails', 'done', 'c', 'commit']);
  });

  it('go on behind one that failed where the class does', async () => {
    class Tolerant extends BackgroundTasks {
      override async run(): Promise<void> {
        while (this.size > 0) await super.run().catch(() => note('goes on'));
      }
    }
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(new Tolerant([new BackgroundTask(fail), noting('b'), new BackgroundTask(fail), noting('d')]));
    });
    await answered(running);
    expect(timeline.events).toEqual(['fails', 'goes on', 'b', 'fails', 'goes on', 'd']);
  });

  it('are not started once their attempt has timed out, and a task in hand is let go of', async () => {
    let ticks = 0;
    const ticking = (): unknown => interval(2).pipe(tap(() => ticks++));
    const running = await startWith(
      platform,
      ({ tasks }) => {
        tasks.addTask(new Transaction([new BackgroundTask(() => sleep(40)), noting('never')])).with({ timeout: 15 });
        tasks.addTask(new Transaction([new BackgroundTask(ticking)])).with({ timeout: 15 });
        tasks.addTask(new Own(ticking)).with({ timeout: 15 });
        // what the task itself makes of it is its own
        const tidiesUp = async (): Promise<void> => {
          await sleep(20);
          await new BackgroundTask(note, 'tidied up').run();
        };
        tasks.addTask(tidiesUp).with({ timeout: 15 });
      },
      { onFailure: 'continue' },
    );
    await answered(running);
    const before = ticks;
    await sleep(50);
    expect([timeline.events, ticks > 0, ticks - before]).toEqual([['tidied up'], true, 0]);
    expect(running.runner.stats()).toMatchObject({ failed: 4 });
  });

  const late: Record<string, (own: Transaction, given: Given) => void> = {
    'a task': (own) => void own.addTask(noting('late')),
    'to a group within them': (own) => void groupIn.get(own)?.addTask(noting('late')),
    'a group': (own) => void own.addTask(new BackgroundTasks([noting('late')])),
    'tasks of the same response': (own, { tasks }) => {
      tasks.addTask(noting('late'));
      own.addTask(tasks);
    },
  };
  const groupIn = new WeakMap<Transaction, BackgroundTasks>();

  it.each(Object.entries(late))('run those that are added when it is too late for theirs: %s', async (_, add) => {
    const running = await startWith(platform, (given) => {
      const group = new BackgroundTasks([noting('a')]);
      const own = new Transaction([group]);
      groupIn.set(own, group);
      given.tasks.addTask(own);
      given.tasks.addTask(() => add(own, given));
    });
    await answered(running);
    expect(timeline.events).toEqual(['a', 'commit', 'late']);
  });

  it('run, or skip and tell, what is added by one of them, in their end, and after they have failed', async () => {
    class Adds extends Transaction {
      override async run(): Promise<void> {
        await super.run();
        this.addTask(noting('at the end'));
      }
    }
    const running = await startWith(platform, ({ tasks, id }) => {
      const own = new Adds();
      own.addTask(() => void own.addTask(noting('by one of them')));
      if (id === 'failing') own.addTask(fail);
      tasks.addTask(own);
      void sleep(50).then(() => own.addTask(noting('afterwards')));
    });
    await request(running, '/fine');
    await timeline.until('afterwards');
    await running.runner.idle();
    expect(timeline.events).toEqual(['by one of them', 'commit', 'at the end', 'afterwards']);
    timeline.clear();
    await request(running, '/failing');
    await sleep(100);
    await running.runner.idle();
    expect([timeline.events, running.runner.stats()]).toMatchObject([['fails'], { failed: 1, skipped: 1 }]);
  });
});

describe.each(platforms)('tasks of a class of its own that are added twice, on $name,', (platform) => {
  it('are called for each response, one after the other and at once', async () => {
    const held = deferred();
    const group = new Transaction([noting('a'), new BackgroundTask(() => held.promise), noting('b')]);
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(group);
      note(`${group.size} wait`);
    });
    await Promise.all([request(running, '/first'), request(running, '/second')]);
    await sleep(20);
    held.resolve();
    await running.runner.idle();
    expect(timeline.events.toSorted()).toEqual(['3 wait', '3 wait', 'a', 'a', 'b', 'b', 'commit', 'commit']);
    timeline.clear();
    await answered(running, '/third');
    expect([timeline.events, group.size]).toEqual([['3 wait', 'a', 'b', 'commit'], 0]);
  });

  it('have each the timeout of their own response', async () => {
    const begun = [deferred(), deferred()];
    let count = 0;
    const group = new Transaction([new BackgroundTask(() => begun[count++]?.promise), noting('b')]);
    const running = await startWith(platform, ({ tasks, id }) => {
      const added = new BackgroundTasks([group]);
      if (id === 'short') group.with({ timeout: 20 });
      tasks.addTask(added);
    });
    await request(running, '/short');
    await sleep(10);
    group.addTask(noting('c'));
    await request(running, '/also');
    await sleep(60);
    begun.forEach((each) => each.resolve());
    await running.runner.idle();
    await sleep(10);
    expect(timeline.events).toEqual([]);
  });

  const merged: Record<string, (given: Given) => void> = {
    'a task before them': ({ reply }) => {
      reply.background = noting('first');
      reply.background = new Transaction([reply.background as BackgroundTask]);
    },
    'a task after them': ({ reply, tasks }) => {
      const first = noting('first');
      reply.background = new Transaction([first]);
      tasks.addTask(first);
      reply.background = new BackgroundTasks([first]);
    },
    'a group before them': ({ reply }) => {
      reply.background = new BackgroundTasks([noting('first')]);
      reply.background = new Transaction([reply.background as BackgroundTask]);
    },
    'others of such a class': ({ reply }) => {
      reply.background = new Transaction([noting('first')]);
      reply.background = new Transaction([reply.background as BackgroundTask]);
    },
    'those of such a class, within others': ({ reply, tasks }) => {
      const inner = new Transaction([noting('first')]);
      reply.background = new Transaction([inner, inner]);
      tasks.addTask(inner);
    },
    'a task while they run': ({ reply, tasks }) => {
      const first = noting('first');
      reply.background = new Transaction([new BackgroundTask(() => void tasks.addTask(first)), first]);
    },
    themselves: ({ reply }) => {
      const own = new Transaction([noting('first')]);
      own.addTask(own);
      reply.background = own;
    },
  };

  it.each(Object.entries(merged))('run what the response has already once: %s', async (_, merge) => {
    const running = await startWith(platform, merge);
    await answered(running);
    expect(timeline.events.filter((event) => event !== 'commit')).toEqual(['first']);
    expect(running.runner.stats()).toMatchObject({ failed: 0, skipped: 0, pending: 0 });
  });

  it('hold nothing any more once they were cancelled, or skipped', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      const [a, b] = [noting('a'), noting('b')];
      tasks.addTask(new Transaction([a])).cancel();
      tasks.addTask(a);
      tasks.addTask(new Transaction([b])).with({ runOn: 'failure' });
      tasks.addTask(() => void tasks.addTask(b));
      const own = new Transaction([noting('never'), noting('c')]);
      tasks.addTask(own);
      note(`cancelled: ${[...own][0]?.cancel()}`);
    });
    await answered(running);
    expect(timeline.events).toEqual(['cancelled: true', 'a', 'c', 'commit', 'b']);
  });

  it('are refused where a group within belongs to another response, now and later', async () => {
    let other: BackgroundTasks | undefined;
    const refused = 'they already belong to another response';
    const running = await startWith(platform, ({ tasks }) => {
      if (other === undefined) {
        tasks.addTask((other = new BackgroundTasks([noting('other')])));
        return;
      }
      const merge = (): BackgroundTasks => new Transaction([other]);
      expect(() => tasks.addTask(merge())).toThrow(refused);
      expect(() => tasks.addTask(new Transaction([merge()]))).toThrow(refused);
      expect(() => tasks.addTask(new BackgroundTasks([noting('never'), merge()]))).toThrow(refused);
      const own = tasks.addTask(new Transaction()) as Transaction;
      expect(() => own.addTask(other ?? own)).toThrow(refused);
      expect(() => own.addTask(new BackgroundTasks([other]))).toThrow(refused);
      expect(() => own.addTask(merge())).toThrow(refused);
      note(`${tasks.size} of the second`);
    });
    await request(running, '/first');
    expect((await request(running, '/second')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['other', '1 of the second', 'commit']);
  });
});
