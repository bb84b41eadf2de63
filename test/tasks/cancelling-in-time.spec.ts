import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request, type Running } from '../harness/application.js';
import { eventsOf, type Given, note, noting, startWith, timeline } from './scene.js';

const answered = async (running: Running, path: string): Promise<void> => {
  await request(running, path);
  await running.runner.idle();
};

describe.each(platforms)('a task that is cancelled in time on $name', (platform) => {
  it('by whoever is told that the response has settled, does not run', async () => {
    let late: BackgroundTask | undefined;
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(noting('never')).cancel();
      void sleep(20).then(() => (late = tasks.addTask(noting('late'))));
    });
    const told = eventsOf(running, ({ type }) => {
      if (type === 'settled') note(`cancelled: ${late?.cancel()}`);
    });
    await request(running, '/once');
    await sleep(50);
    await running.runner.idle();
    expect(timeline.events).toEqual(['cancelled: true']);
    expect(told.slice(-3).map(({ type }) => type)).toEqual(['settled', 'skipped', 'finished']);
  });

  it('by whoever is told that it was added, does not run', async () => {
    let second: BackgroundTask | undefined;
    const running = await startWith(platform, ({ tasks }) => {
      tasks.addTask(() => undefined);
      // not in a promise, whose continuations end before the next task begins
      setTimeout(() => (second = tasks.addTask(noting('second'))), 20);
    });
    eventsOf(running, (event) => {
      if (event.type === 'added' && event.index === 1) note(`cancelled: ${second?.cancel()}`);
    });
    await request(running, '/once');
    await sleep(50);
    await running.runner.idle();
    expect(timeline.events).toEqual(['cancelled: true']);
  });

  it('between two responses, the first of which skipped it, runs on none', async () => {
    const task = noting('a');
    const running = await startWith(platform, ({ tasks, id }) => {
      tasks.addTask(task);
      if (id === 'failing') throw new Error('on purpose');
    });
    await answered(running, '/failing');
    expect(task.cancel()).toBe(true);
    await answered(running, '/later');
    expect([timeline.events, running.runner.stats().skipped]).toEqual([[], 2]);
  });

  it('twice is cancelled once, and runs on the next response', async () => {
    const task = noting('a');
    const running = await startWith(platform, ({ tasks, id }) => {
      tasks.addTask(task);
      if (id === 'first') note(`cancelled: ${task.cancel()}, and again: ${task.cancel()}`);
    });
    await answered(running, '/first');
    expect(task.cancel()).toBe(false);
    await answered(running, '/second');
    expect(timeline.events).toEqual(['cancelled: true, and again: false', 'a']);
  });

  it('is not shown among those that wait, to whoever looks through them', async () => {
    const running = await startWith(platform, ({ tasks }) => {
      ['a', 'b', 'c', 'd'].forEach((name) => tasks.addTask(noting(name)));
      [...tasks].at(-1)?.cancel();
      for (const task of tasks) note(`${task.name} cancelled: ${task.cancel()}`);
    });
    await answered(running, '/once');
    expect(timeline.events).toEqual(['a', 'b', 'c'].map((name) => `${name} cancelled: true`));
  });
});

describe.each(platforms)('tasks that were merged are cancelled together on $name', (platform) => {
  /** By `reply.background` or by hand, then cancelled; what was attached before is the first of them. */
  const merge = ({ reply }: Given, ...others: BackgroundTask[]): BackgroundTasks => {
    const merged = new BackgroundTasks([reply.background as BackgroundTask, ...others]);
    reply.background = merged;
    return merged;
  };

  const ways: Record<string, (given: Given) => boolean> = {
    'a task was attached before': (given) => {
      given.reply.background = noting('first');
      return merge(given, noting('audit')).cancel();
    },
    'a group was attached before': (given) => {
      given.reply.background = new BackgroundTasks([noting('first')]);
      return merge(given, noting('audit')).cancel();
    },
    'merged ones were attached before': (given) => {
      given.reply.background = new BackgroundTasks([noting('first')]);
      merge(given, noting('second'));
      return merge(given, noting('audit')).cancel();
    },
    'they are part of others': (given) => {
      given.reply.background = noting('first');
      const inner = new BackgroundTasks([given.reply.background as BackgroundTask]);
      return merge(given, inner).cancel();
    },
    'they are not attached yet': ({ reply }) => {
      reply.background = new BackgroundTasks([noting('first')]);
      return new BackgroundTasks([reply.background as BackgroundTask]).cancel();
    },
    'one was added again to those that are attached': ({ tasks, reply }) => {
      const first = tasks.addTask(noting('first'));
      const group = new BackgroundTasks();
      reply.background = group;
      group.addTask(first);
      return group.cancel();
    },
    'others were added to those that are attached': ({ tasks, reply }) => {
      const [group, other] = [new BackgroundTasks(), new BackgroundTasks([noting('first')])];
      tasks.addTask(other);
      reply.background = group;
      group.addTask(other);
      other.addTask(group);
      return group.cancel();
    },
  };

  it.each(Object.entries(ways))('where %s', async (_, cancel) => {
    const running = await startWith(platform, (given) => {
      given.tasks.addTask(noting('another'));
      note(`cancelled: ${cancel(given)}`);
    });
    await answered(running, '/once');
    expect(timeline.events).toEqual(['cancelled: true', 'another']);
  });
});

describe.each(platforms)('options on $name', (platform) => {
  it('are set on a task for each response, whether it has run or was skipped on those before', async () => {
    const task: BackgroundTask = new BackgroundTask(() => note(`run as ${task.name}`));
    const running = await startWith(platform, ({ tasks, id }) => {
      tasks.addTask(task.with({ name: id }));
      if (id === 'failing') throw new Error('on purpose');
    });
    for (const path of ['/first', '/failing', '/last']) await answered(running, path);
    expect(timeline.events).toEqual(['run as first', 'run as last']);
  });

  it('are set too late while the task runs, between two attempts, too', async () => {
    const change = (task: BackgroundTask): void => {
      expect(() => task.with({ name: 'late' })).toThrow('it has already started');
      note('too late');
    };
    const running = await startWith(platform, ({ tasks }) => {
      const task: BackgroundTask = tasks
        .addTask((): void => {
          change(task);
          throw new Error('on purpose');
        })
        .with({ retries: { retries: 1, minTimeout: 0, onFailedAttempt: () => change(task) } });
    });
    await answered(running, '/once');
    expect(timeline.events).toEqual(['too late', 'too late', 'too late', 'too late']);
  });
});
