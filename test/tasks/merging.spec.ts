import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, type Reply, request } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { useMiddleware } from '../harness/nest.js';
import { eventsOf, type Given, note, noting, startWith, timeline } from './scene.js';

describe.each(platforms)('tasks that are merged on $name', (platform) => {
  async function ranAfter(handler: (given: Given) => void): Promise<string[]> {
    const running = await startWith(platform, handler);
    expect((await request(running, '/merge')).status).toBe(200);
    await running.runner.idle();
    expect(running.runner.stats()).toMatchObject({ pending: 0, failed: 0, skipped: 0 });
    return timeline.events;
  }

  const ways: Record<string, (given: Given) => void> = {
    'one is attached twice': ({ reply }) => {
      const task = noting('a');
      reply.background = task;
      reply.background = task;
    },
    'one is attached where there is none yet, and not where there is one': ({ reply }) => {
      reply.background ??= noting('a');
      reply.background ??= noting('never');
      reply.background = reply.background ?? noting('never');
    },
    'one is added, and attached': ({ tasks, reply }) => {
      const task = noting('a');
      tasks.addTask(task);
      reply.background = task;
      tasks.addTask(task);
    },
    'the injected ones are attached': ({ tasks, reply }) => {
      tasks.addTask(noting('a'));
      reply.background = tasks;
    },
    'the injected ones are attached within others': ({ tasks, reply }) => {
      tasks.addTask(noting('a'));
      reply.background = new BackgroundTasks(tasks);
    },
    'the injected ones are attached among others': ({ tasks, reply }) => {
      tasks.addTask(noting('a'));
      reply.background = new BackgroundTasks([new BackgroundTasks([tasks])]);
    },
  };

  it.each(Object.entries(ways))('run once where %s', async (_, handler) => {
    expect(await ranAfter(handler)).toEqual(['a']);
  });

  const earlier: Record<string, (given: Given) => void> = {
    'a task': ({ reply }) => {
      reply.background = noting('earlier');
    },
    'a group': ({ reply }) => {
      reply.background = new BackgroundTasks([noting('earlier')]);
    },
    'a group within a group': ({ reply }) => {
      const inner = new BackgroundTasks([noting('earlier')]);
      reply.background = new BackgroundTasks([inner]);
      reply.background = inner;
    },
  };

  it.each(Object.entries(earlier))('run once where %s was attached before', async (_, attach) => {
    const ran = await ranAfter((given) => {
      attach(given);
      const before = given.reply.background as BackgroundTask | undefined;
      given.reply.background = new BackgroundTasks([before, noting('audit')]);
    });
    expect(ran).toEqual(['earlier', 'audit']);
  });

  it('are those that there are where none was attached before', async () => {
    const ran = await ranAfter(({ reply }) => {
      reply.background = new BackgroundTasks([reply.background as undefined, null, noting('audit')]);
      reply.background = null;
      reply.background = undefined;
    });
    expect(ran).toEqual(['audit']);
  });

  it('run once where middleware attached some, and the handler those and more', async () => {
    const attach = (response: Reply): void => {
      response.background = noting('by middleware');
    };
    const running = await startWith(
      platform,
      ({ reply }) => {
        reply.background = new BackgroundTasks([reply.background as BackgroundTask, noting('by the handler')]);
      },
      {},
      (app) =>
        useMiddleware(app, (_: unknown, response: Reply, next: () => void) => {
          attach(response);
          next();
        }),
    );
    await request(running, '/merge');
    await running.runner.idle();
    expect(timeline.events).toEqual(['by middleware', 'by the handler']);
  });

  it('run again when they are added again after they have started', async () => {
    const ran = await ranAfter(({ tasks }) => {
      let times = 0;
      const again: BackgroundTask = new BackgroundTask(() => {
        note(`run ${++times}`);
        if (times < 3) tasks.addTask(again);
      });
      tasks.addTask(again);
    });
    expect(ran).toEqual(['run 1', 'run 2', 'run 3']);
  });

  it('run once for each response that they belong to, and take options as long as one of them waits', async () => {
    const shared = noting('shared');
    const [entered, held] = [deferred(), deferred()];
    const running = await startWith(platform, async ({ id, tasks }) => {
      tasks.addTask(shared);
      if (id === 'fast') return;
      entered.resolve();
      await held.promise;
    });
    const slow = request(running, '/slow');
    await entered.promise;
    await request(running, '/fast');
    await timeline.until('shared');
    expect(shared.with({ name: 'renamed' }).name).toBe('renamed');
    held.resolve();
    await slow;
    await running.runner.idle();
    expect(timeline.count('shared')).toBe(2);
    // for a response to come
    expect(shared.with({ name: 'again' }).name).toBe('again');
  });

  it('of another response are refused as a group, which changes nothing', async () => {
    let group: BackgroundTasks | undefined;
    const running = await startWith(platform, ({ reply }) => {
      const others = new BackgroundTasks([noting('other'), ...(group ? [group] : [])]);
      group ??= others;
      reply.background = others;
    });
    expect((await request(running, '/first')).status).toBe(200);
    expect((await request(running, '/second')).status).toBe(500);
    await running.runner.idle();
    expect(timeline.events).toEqual(['other']);
    expect(running.logger.lines.map(({ message }) => String(message)).join()).toContain(
      'they already belong to another response or to other tasks',
    );
  });

  it('are taken in as a whole or not at all, and can be attached again after a refusal', async () => {
    const work = deferred();
    const group = new BackgroundTasks([noting('a'), noting('b')]);
    const handler = ({ id, tasks, reply }: Given): void => {
      if (id === 'busy') tasks.addTask(() => work.promise);
      else reply.background = group;
    };
    const running = await startWith(platform, handler, { maxPending: 2 });
    const told = eventsOf(running);
    await request(running, '/busy');
    expect((await request(running, '/group')).status).toBe(503);
    expect(running.runner.stats()).toMatchObject({ pending: 0, running: 1 });
    expect(group.size).toBe(2);
    work.resolve();
    await running.runner.idle();
    const toldOfGroup = told.filter((event) => 'name' in event && event.name === 'a');
    expect([timeline.events, toldOfGroup]).toMatchObject([[], [{ type: 'refused', count: 2 }]]);
    expect((await request(running, '/group')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['a', 'b']);
    expect(running.runner.stats()).toMatchObject({ pending: 0, running: 0, succeeded: 3 });
  });
});
