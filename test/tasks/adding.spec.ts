import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';
import { platforms, request } from '../harness/application.js';
import { type Given, noting, startWith, timeline } from './scene.js';

const rejecting = (): Promise<void> => Promise.reject(new Error('nobody awaits it'));
const anything = (value: unknown): never => value as never;

/** What somebody may write where a function was meant. */
const mistakes: Record<string, (given: Given) => void> = {
  'addTask(send())': ({ tasks }) => void tasks.addTask(anything(rejecting())),
  'addTask(send(), email)': ({ tasks }) => void tasks.addTask(anything(rejecting()), anything('ada')),
  'addTask(mailer, send())': ({ tasks }) => void tasks.addTask({}, anything(rejecting())),
  'addTask(undefined, send())': ({ tasks }) => void tasks.addTask(anything(undefined), anything(rejecting())),
  'addTask([send()])': ({ tasks }) => void tasks.addTask(anything([rejecting(), rejecting()])),
  'new BackgroundTask(send())': () => void new BackgroundTask(anything(rejecting())),
  'new BackgroundTasks([task, send(), send()])': () =>
    void new BackgroundTasks(anything([noting('never'), rejecting(), rejecting()])),
  'background = send()': ({ reply }) => {
    reply.background = rejecting();
  },
  'background = [send()]': ({ reply }) => {
    reply.background = [rejecting()];
  },
};

describe.each(platforms)('adding on $name', (platform) => {
  // a rejection that nobody handles ends the process of a spec
  it.each(Object.entries(mistakes))('a promise is refused, and may reject: %s', async (_, handler) => {
    const caught: unknown[] = [];
    const running = await startWith(platform, (given) => {
      try {
        handler(given);
      } catch (error) {
        caught.push(error);
      }
    });
    await request(running, '/once');
    await setImmediate();
    expect(caught).toEqual([expect.any(TypeError)]);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
  });

  it('counts nothing where its response cannot be watched, and the same can be added again', async () => {
    const running = await startWith(platform, ({ tasks, reply }) => {
      const [task, group] = [noting('a'), new BackgroundTasks([noting('b'), noting('c')])];
      const raw: { on?: unknown } = reply.raw ?? anything(reply);
      raw.on = () => {
        throw new Error('on purpose');
      };
      expect(() => tasks.addTask(task)).toThrow('on purpose');
      expect(() => tasks.addTask(group)).toThrow('on purpose');
      delete raw.on;
      expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0 });
      tasks.addTask(task);
      tasks.addTask(group);
    });
    expect((await request(running, '/once')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['a', 'b', 'c']);
    expect(running.runner.stats()).toMatchObject({ batches: 0, pending: 0, succeeded: 3 });
  });

  it('counts nothing at maxPending, neither a task nor a group, and the same can be added again', async () => {
    const group = new BackgroundTasks([noting('b'), noting('c')]);
    const running = await startWith(
      platform,
      ({ tasks, id }) => {
        if (id === 'full') tasks.addTask(noting('a'));
        tasks.addTask(group);
      },
      { maxPending: 2 },
    );
    expect((await request(running, '/full')).status).toBe(503);
    await running.runner.idle();
    expect((await request(running, '/empty')).status).toBe(200);
    await running.runner.idle();
    expect(timeline.events).toEqual(['b', 'c']);
    expect(running.runner.stats()).toMatchObject({ pending: 0, running: 0 });
  });
});
