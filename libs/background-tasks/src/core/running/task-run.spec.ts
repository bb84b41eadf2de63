import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { failing, TaskRunScene } from '../../../../../test/harness/task-run-scene.js';
import { clock } from '../batch/clock.js';
import type { TaskContext } from '../tasks/task-context.js';
import { currentTask } from './current-task.js';

const boom = new Error('boom');
const AT_ONCE = { retries: 1, minTimeout: 0 };

describe('one task while it runs', () => {
  let scene: TaskRunScene;

  beforeEach(() => {
    scene = new TaskRunScene();
  });

  it('returns nothing for a task that ends at once', () => {
    const fn = jest.fn();
    expect(scene.runOf(fn).run()).toBeUndefined();
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it('throws what a task throws at once', () => {
    const run = scene.runOf(failing(1, boom));
    expect(() => run.run()).toThrow(boom);
  });

  it('ends as the promise of the task does', async () => {
    await expect(scene.runOf(() => Promise.resolve()).run()).resolves.toBeUndefined();
    await expect(scene.runOf(() => Promise.reject(boom)).run()).rejects.toBe(boom);
  });

  it('tells the task what it is', async () => {
    let seen: TaskContext | undefined;
    await scene.runOf(() => (seen = currentTask())).run();
    expect(seen).toMatchObject({ name: 'send', attempt: 1, outcome: 'failure', aborted: true });
    expect(seen?.signal.aborted).toBe(false);
  });

  it.each([[{}], [{ retries: AT_ONCE }]])('calls it in the async context of its adder, with %j', async (options) => {
    const requests = new AsyncLocalStorage<string>();
    const context = requests.run('request 7', () => new AsyncResource('test'));
    const seen: unknown[] = [];
    await scene.runOf(() => seen.push(requests.getStore()), options, {}, context).run();
    expect(seen).toEqual(['request 7']);
  });

  it('calls the callbacks of its retries in that context, too', async () => {
    const requests = new AsyncLocalStorage<string>();
    const context = requests.run('request 7', () => new AsyncResource('test'));
    const seen: unknown[] = [];
    const onFailedAttempt = (): void => void seen.push(requests.getStore());
    await scene.runOf(failing(1, boom), { retries: { ...AT_ONCE, onFailedAttempt } }, {}, context).run();
    expect(seen).toEqual(['request 7']);
  });

  it('wraps the task in the interceptors', async () => {
    const seen: unknown[] = [];
    scene.interceptors.push({ intercept: (task, next) => next().then(() => void seen.push(`after ${task.name}`)) });
    await scene.runOf(() => seen.push('task')).run();
    expect(seen).toEqual(['task', 'after send']);
  });

  describe('with a timeout', () => {
    const work = (): Promise<void> => deferred().promise;
    const message = '"send" took longer than its timeout of 1 ms.';

    it('fails a task that takes longer', async () => {
      await expect(scene.runOf(work, { timeout: 1 }).run()).rejects.toThrow(message);
    });

    it('takes that of the tasks it was added through, and the default after that', async () => {
      await expect(scene.runOf(work, {}, { defaults: { timeout: 1 } }).run()).rejects.toThrow(message);
      scene.batch.group.setOptions({ timeout: 1 });
      await expect(scene.runOf(work, {}, { defaults: { timeout: 60_000 } }).run()).rejects.toThrow(message);
    });

    it('counts from the beginning of the attempt, not from its first promise', async () => {
      let now = 0;
      const reads = jest.spyOn(clock, 'now').mockImplementation(() => now);
      const run = scene.runOf(
        () => {
          now += 59_999;
          return work();
        },
        { timeout: 60_000 },
      );
      await expect(run.run()).rejects.toThrow('timeout of 60000 ms');
      reads.mockRestore();
    });

    it('limits nothing that ends at once', () => {
      expect(scene.runOf(() => undefined, { timeout: 1 }).run()).toBeUndefined();
    });

    it('limits nothing when it is infinite', async () => {
      const slow = deferred();
      const running = scene.runOf(() => slow.promise, { timeout: Infinity }, { defaults: { timeout: 1 } }).run();
      // by the time of this one, that of the first would have passed
      await expect(scene.runOf(work, { timeout: 5 }).run()).rejects.toThrow('timeout of 5 ms');
      slow.resolve();
      await expect(running).resolves.toBeUndefined();
    });
  });

  describe('with retries', () => {
    it('tries again, and reports each further attempt with the error before it', async () => {
      const fn = failing(2, boom);
      const run = scene.runOf(fn, { retries: { retries: 2, minTimeout: 0 } });
      await run.run();
      expect(fn).toHaveBeenCalledTimes(3);
      expect(run.attempt).toBe(3);
      const ofTask = {
        type: 'retrying',
        batchId: 'batch',
        name: 'send',
        index: 0,
        error: boom,
        failedAt: expect.any(Number),
      };
      expect(scene.recorded.told).toEqual([
        { ...ofTask, attempt: 2 },
        { ...ofTask, attempt: 3 },
      ]);
    });

    it('fails with what the last attempt threw', async () => {
      await expect(scene.runOf(failing(2, boom), { retries: AT_ONCE }).run()).rejects.toBe(boom);
    });

    it('takes those of the tasks it was added through, and the default after that', async () => {
      await expect(
        scene.runOf(failing(1, boom), {}, { defaults: { retries: AT_ONCE } }).run(),
      ).resolves.toBeUndefined();
      scene.batch.group.setOptions({ retries: AT_ONCE });
      await expect(scene.runOf(failing(1, boom)).run()).resolves.toBeUndefined();
    });

    it('makes none when the task says 0', () => {
      const run = scene.runOf(failing(1, boom), { retries: 0 }, { defaults: { retries: 1 } });
      expect(() => run.run()).toThrow(boom);
    });

    it('makes none when it is to be tried once', () => {
      const run = scene.runOf(failing(1, boom), { retries: 1 });
      expect(() => run.runOnce()).toThrow(boom);
      expect(run.attempt).toBe(1);
    });
  });

  describe('when it is told to stop', () => {
    const enough = new Error('enough');

    it('aborts the signal of its attempt, and ends as the task does', async () => {
      const work = deferred();
      let signal: AbortSignal | undefined;
      const run = scene.runOf(() => {
        signal = currentTask()?.signal;
        return work.promise;
      });
      const running = run.run();
      run.stop(enough);
      expect(signal?.reason).toBe(enough);
      work.resolve();
      await expect(running).resolves.toBeUndefined();
    });

    it('makes no further attempt', async () => {
      const [began, work] = [deferred(), deferred()];
      const fn = jest.fn(() => {
        began.resolve();
        return work.promise;
      });
      const run = scene.runOf(fn, { retries: AT_ONCE });
      const running = run.run();
      await began.promise;
      run.stop(enough);
      work.reject(boom);
      await expect(running).rejects.toBe(boom);
      expect(fn).toHaveBeenCalledTimes(1);
    });

    it('takes no harm before it has started, and is at its first attempt', () => {
      const run = scene.runOf(() => undefined);
      run.stop(enough);
      expect(run.attempt).toBe(1);
    });
  });
});
