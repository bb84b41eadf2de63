import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { expectTypeOf } from 'expect-type';
import {
  BackgroundTask,
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksRunner,
  currentTask,
  type RunOn,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';
import * as testing from 'nestjs-background-tasks/testing';
import type { CapturedTask } from 'nestjs-background-tasks/testing';
import { express, fastify, platforms, request } from '../harness/application.js';
import { deferred } from '../harness/deferred.js';
import { adder } from '../harness/scene.js';
import { handleBy, note, timeline } from './capturing-runner/app.module.js';
import { capture, start } from './capturing-runner/capture.js';
import { remembered, use } from './capturing-runner/payload.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

class Wrapping implements TaskInterceptor {
  async intercept({ name }: TaskContext, next: () => Promise<void>): Promise<void> {
    note(`begins ${name}`);
    await next();
  }
}

const eventsOf = (tasks: readonly CapturedTask[]): unknown[] => tasks.map(({ args }) => args[0]);

describe.each(platforms)('a CapturingRunner on $name', (platform) => {
  it('captures the tasks in order, however they are added, and runs none', async () => {
    const { app, runner, port } = await start(platform);
    expect((await request({ port }, '/every-way')).body).toBe('fine');
    await app.close();
    expect(runner.captured).toEqual([
      { name: 'note', args: ['by middleware'], runOn: 'success' },
      { name: 'note', args: ['by a guard'], runOn: 'success' },
      { name: 'note', args: ['by an interceptor'], runOn: 'success' },
      { name: 'note', args: ['by the constructor'], runOn: 'success' },
      { name: 'note', args: ['by type'], runOn: 'success' },
      { name: 'note', args: ['by decorator'], runOn: 'success' },
      { name: 'Audit.write', args: ['by a service'], runOn: 'success' },
      { name: 'note', args: ['attached'], runOn: 'success' },
    ]);
    expect(timeline.events).toEqual([]);
  });

  it('captures no task that was cancelled, before or after it was added', async () => {
    const before = new BackgroundTask(note, 'before');
    before.cancel();
    const { runner } = await capture(platform, (tasks, reply) => {
      tasks.addTask(note, 'first');
      const cancelled = tasks.addTask(note, 'cancelled');
      tasks.addTask(before);
      tasks.addTask(note, 'last');
      expect(cancelled.cancel()).toBe(true);
      reply.background = new BackgroundTasks([cancelled, before]);
    });
    expect(eventsOf(runner.captured)).toEqual(['first', 'last']);
    await runner.runAll();
    expect([timeline.of('first'), timeline.of('last'), timeline.of('cancelled')]).toMatchObject([
      { length: 1 },
      { length: 1 },
      { length: 0 },
    ]);
    expect(runner.captured).toEqual([]);
  });

  it('captures the tasks of all requests, those of a guard that denies included', async () => {
    const { runner, port } = await start(platform);
    expect((await request({ port }, '/denied')).status).toBe(403);
    expect((await request({ port }, '/denied')).status).toBe(403);
    const denied = { name: 'note', args: ['denied'], runOn: 'failure' };
    expect(runner.captured).toEqual([denied, denied]);
  });

  it('lists what with() said after the task was added, and what the defaults and a group say', async () => {
    const { runner } = await capture(
      platform,
      (tasks, reply) => {
        tasks.addTask(note, 'plain');
        tasks.addTask(note, 'renamed').with({ name: 'welcome', runOn: 'failure' });
        reply.background = new BackgroundTasks([new BackgroundTask(note, 'grouped')]).with({ runOn: 'success' });
      },
      { defaults: { runOn: 'always' } },
    );
    expect(runner.captured).toEqual([
      { name: 'note', args: ['plain'], runOn: 'always' },
      { name: 'welcome', args: ['renamed'], runOn: 'failure' },
      { name: 'note', args: ['grouped'], runOn: 'success' },
    ]);
  });

  it('runs them in order, each in the async context of its adder and with itself as currentTask()', async () => {
    const tell = async (what: string): Promise<void> => {
      await Promise.resolve();
      const { name, attempt, signal } = currentTask() ?? {};
      note(`${what} in ${adder.getStore()}: ${name}, attempt ${attempt}, aborted ${signal?.aborted}`);
    };
    const { runner } = await capture(platform, (tasks) => {
      adder.run('one', () => tasks.addTask(tell, 'first').with({ name: 'a' }));
      adder.run('two', () => tasks.addTask(tell, 'second').with({ name: 'b' }));
    });
    await runner.runAll();
    expect(timeline.events).toEqual([
      'first in one: a, attempt 1, aborted false',
      'second in two: b, attempt 1, aborted false',
    ]);
    expect(runner.captured).toEqual([]);
  });

  it('runs each task once', async () => {
    const { runner } = await capture(platform, (tasks) => tasks.addTask(note, 'once'));
    await runner.runAll();
    await runner.runAll();
    expect(timeline.events).toEqual(['once']);
  });

  it('runs them whatever they are for, and tells them how the response ended', async () => {
    const tell = (what: RunOn): void => note(`for ${what}: ${currentTask()?.outcome}`);
    const { runner } = await capture(platform, (tasks) => {
      for (const runOn of ['success', 'failure', 'always'] as const) tasks.addTask(tell, runOn).with({ runOn });
      throw new ForbiddenException();
    });
    await runner.runAll();
    expect(timeline.events).toEqual(['for success: failure', 'for failure: failure', 'for always: failure']);
  });

  it('runs them before the response is over, too, with the outcome they are for', async () => {
    const entered = deferred();
    const release = deferred();
    const tell = (what: RunOn): void => note(`for ${what}: ${currentTask()?.outcome}`);
    handleBy(async (tasks) => {
      for (const runOn of ['success', 'failure', 'always'] as const) tasks.addTask(tell, runOn).with({ runOn });
      entered.resolve();
      await release.promise;
      return `left: ${tasks.size}`;
    });
    const { runner, port } = await start(platform);
    const answer = request({ port }, '/');
    await entered.promise;
    await runner.runAll();
    release.resolve();
    expect((await answer).body).toBe('left: 0');
    expect(timeline.events).toEqual(['for success: success', 'for failure: failure', 'for always: success']);
  });

  it('rejects with the first error, as it was thrown, and keeps the tasks after it captured', async () => {
    const boom = new Error('boom');
    const { runner } = await capture(platform, (tasks) => {
      tasks.addTask(note, 'before');
      tasks.addTask(() => Promise.reject(boom));
      tasks.addTask(note, 'after');
    });
    await expect(runner.runAll()).rejects.toBe(boom);
    expect(timeline.events).toEqual(['before']);
    expect(eventsOf(runner.captured)).toEqual(['after']);
    await runner.runAll();
    expect(timeline.events).toEqual(['before', 'after']);
  });

  it('runs the tasks after a failed one, and then rejects with the first error, where onFailure says so', async () => {
    const boom = new Error('boom');
    const fail = (error: Error): never => {
      throw error;
    };
    const { runner } = await capture(
      platform,
      (tasks) => {
        tasks.addTask(fail, boom);
        tasks.addTask(note, 'after');
        tasks.addTask(fail, new Error('another'));
      },
      { onFailure: 'continue' },
    );
    await expect(runner.runAll()).rejects.toBe(boom);
    expect(timeline.events).toEqual(['after']);
    expect(runner.captured).toEqual([]);
  });

  it('tries each task once, whatever its retries, within its timeout and the interceptors', async () => {
    const never = new Promise<void>(() => undefined);
    const hang = (): Promise<void> => {
      note('attempt');
      return never;
    };
    const { runner } = await capture(
      platform,
      (tasks) => tasks.addTask(hang).with({ name: 'hang', retries: 5, timeout: 1 }),
      { interceptors: [Wrapping] },
    );
    await expect(runner.runAll()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(timeline.events).toEqual(['begins hang', 'attempt']);
  });

  it('runs the tasks that a task adds, after those added before', async () => {
    const { runner } = await capture(platform, (tasks) => {
      tasks.addTask(() => void tasks.addTask(note, 'added by a task'));
      tasks.addTask(note, 'next');
    });
    await runner.runAll();
    expect(timeline.events).toEqual(['next', 'added by a task']);
  });

  it('forgets the captured tasks on clear(), and captures those added afterwards', async () => {
    const { runner, port } = await capture(platform, (tasks) => tasks.addTask(note, 'forgotten'));
    runner.clear();
    expect(runner.captured).toEqual([]);
    handleBy((tasks) => {
      tasks.addTask(note, 'remembered');
      return 'fine';
    });
    await request({ port }, '/');
    await runner.runAll();
    expect(timeline.events).toEqual(['remembered']);
  });

  it('keeps nothing of what it has forgotten, also while the response is in flight', async () => {
    const entered = deferred();
    const release = deferred();
    const payloads: Array<WeakRef<object>> = [];
    handleBy(async (tasks) => {
      tasks.addTask(use, remembered(payloads));
      entered.resolve();
      await release.promise;
      return 'fine';
    });
    const { runner, port } = await start(platform);
    const answer = request({ port }, '/');
    await entered.promise;
    runner.clear();
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(payloads.map((payload) => payload.deref())).toEqual([undefined]);
    release.resolve();
    await answer;
  });

  it('leaves idle() and app.close() nothing to wait for, and stats() and maxPending nothing to count', async () => {
    const { app, runner } = await capture(
      platform,
      (tasks) => {
        tasks.addTask(() => new Promise<void>(() => undefined));
        tasks.addTask(note, 'never');
      },
      { maxPending: 1, shutdownTimeout: 2 ** 31 },
    );
    await runner.idle();
    expect(runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 });
    await app.close();
    expect(runner.captured).toHaveLength(2);
  });

  it('tells no events of captured tasks', async () => {
    const told: string[] = [];
    const { app, runner, port } = await start(platform);
    app.get(BackgroundTasksEvents).events$.subscribe(({ type }) => told.push(type));
    await request({ port }, '/every-way');
    await runner.runAll();
    await app.close();
    expect(told).toEqual(['drained']);
  });

  it('lets app.close() wait for a handler at work, and captures what it adds', async () => {
    const entered = deferred();
    const release = deferred();
    handleBy(async (tasks) => {
      entered.resolve();
      await release.promise;
      tasks.addTask(note, 'late');
      return 'fine';
    });
    const { app, runner, port } = await start(platform);
    const answer = request({ port }, '/');
    await entered.promise;
    const closed = app.close().then(() => note('closed'));
    release.resolve(note('released'));
    await Promise.all([answer, closed]);
    expect(timeline.events).toEqual(['released', 'closed']);
    expect(eventsOf(runner.captured)).toEqual(['late']);
  });
});

describe('a CapturingRunner', () => {
  it('captures what an injected request of Fastify adds', async () => {
    const { app, runner } = await start(fastify);
    await (app as NestFastifyApplication).inject('/every-way');
    expect(eventsOf(runner.captured)).toHaveLength(8);
    await runner.runAll();
    expect(timeline.events).toHaveLength(8);
  });

  it('has the types that it promises', async () => {
    const { runner } = await start(express);
    expectTypeOf(runner.captured).toEqualTypeOf<CapturedTask[]>();
    expectTypeOf<CapturedTask>().toEqualTypeOf<{
      readonly name: string;
      readonly args: readonly unknown[];
      readonly runOn: RunOn;
    }>();
    expectTypeOf(runner.runAll()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(runner.clear()).toEqualTypeOf<void>();
    expect(runner).toBeInstanceOf(BackgroundTasksRunner);
  });

  it('is all that the entry exports', () => {
    expect(Object.keys(testing)).toEqual(['CapturingRunner']);
  });
});
