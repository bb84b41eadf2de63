import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { TaskContext } from '../tasks/task-context.js';
import { Attempt } from './attempt.js';
import { attemptHere, currentTask, runAsCurrentTask as runAs } from './current-task.js';

const runAsCurrentTask = (
  attempt: Attempt,
  call: () => Promise<void> | undefined,
  limit: (work: Promise<void>) => Promise<void>,
): Promise<void> | undefined => runAs(attempt, call, (_, work) => limit(work), undefined);

const task = (name: string): Attempt =>
  new Attempt(new FakeBatch().entryOf(new BackgroundTask(() => undefined).with({ name })), 1);
const unlimited = (work: Promise<void>): Promise<void> => work;

const isSinceNode24 = Number.parseInt(process.versions.node, 10) >= 24;

describe('the current task', () => {
  it('is none outside of a task', () => {
    expect(currentTask()).toBeUndefined();
  });

  it('is the one whose call is made, while it is made', () => {
    const send = task('send');
    let seen: TaskContext | undefined;
    const returned = runAsCurrentTask(
      send,
      () => {
        seen = currentTask();
        return undefined;
      },
      unlimited,
    );
    expect(returned).toBeUndefined();
    expect(seen).toBe(send);
    expect(currentTask()).toBeUndefined();
  });

  it('is still that one after what the call awaits', async () => {
    const send = task('send');
    let seen: TaskContext | undefined;
    const work = async (): Promise<void> => {
      await setImmediate();
      seen = currentTask();
    };
    await runAsCurrentTask(send, work, unlimited);
    expect(seen).toBe(send);
  });

  it('is known to what limits the call, whose result is returned', async () => {
    const seen: Array<string | undefined> = [];
    const limit = async (work: Promise<void>): Promise<void> => {
      seen.push(currentTask()?.name);
      await work;
      throw new Error('limited');
    };
    await expect(runAsCurrentTask(task('send'), () => Promise.resolve(), limit)).rejects.toThrow('limited');
    expect(seen).toEqual(['send']);
  });

  it('lasts as long as the function works, also after its limit', async () => {
    const [pause, done] = [deferred(), deferred<string | undefined>()];
    const work = async (): Promise<void> => {
      await pause.promise;
      done.resolve(currentTask()?.name);
    };
    const limited = runAsCurrentTask(task('send'), work, () => Promise.reject(new Error('too late')));
    await expect(limited).rejects.toThrow('too late');
    pause.resolve();
    expect(await done.promise).toBe('send');
  });

  it.each<[string, () => Promise<void> | undefined]>([
    ['has ended at once', () => undefined],
    ['has ended', () => Promise.resolve()],
    ['has failed', () => Promise.reject(new Error('boom'))],
    [
      'has thrown',
      () => {
        throw new Error('boom');
      },
    ],
  ])('is none in what a call started without awaiting it, once the call %s', async (_, end) => {
    const [pause, seen] = [deferred(), deferred<TaskContext | undefined>()];
    const forgotten = async (): Promise<void> => {
      await pause.promise;
      seen.resolve(currentTask());
    };
    const call = async (): Promise<void> => {
      await runAsCurrentTask(
        task('send'),
        () => {
          void forgotten();
          return end();
        },
        unlimited,
      );
    };
    const other = runAsCurrentTask(task('another that keeps the storage in use'), () => seen.promise.then(), unlimited);
    await call().catch(() => undefined);
    pause.resolve();
    expect(await seen.promise).toBeUndefined();
    await other;
  });

  it('is each its own in two calls at a time, whichever ends first', async () => {
    const [pause, seen] = [deferred(), deferred<string | undefined>()];
    const slow = async (): Promise<void> => {
      await pause.promise;
      seen.resolve(currentTask()?.name);
    };
    const running = runAsCurrentTask(task('slow'), slow, unlimited);
    await runAsCurrentTask(task('quick'), () => Promise.resolve(), unlimited);
    pause.resolve();
    expect(await seen.promise).toBe('slow');
    await running;
  });

  it('costs nothing when no task is running, a turn of the event loop later', async () => {
    const disable = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
    const pause = deferred();
    const slow = runAsCurrentTask(task('slow'), () => pause.promise, unlimited);
    await runAsCurrentTask(task('quick'), () => undefined, unlimited);
    expect(disable).not.toHaveBeenCalled();
    await setImmediate();
    expect(disable).not.toHaveBeenCalled();
    pause.resolve();
    await slow;
    await setImmediate();
    // there it costs nothing in any case
    expect(disable).toHaveBeenCalledTimes(isSinceNode24 ? 0 : 1);
    disable.mockRestore();
  });
});

describe('the attempt that is made here', () => {
  it('is none outside of one', () => {
    expect(attemptHere()).toBeUndefined();
  });

  it('is at work until its function has ended', async () => {
    const work = deferred();
    const attempt = task('send');
    let here: ReturnType<typeof attemptHere>;
    const running = runAsCurrentTask(
      attempt,
      () => {
        here = attemptHere();
        return work.promise;
      },
      unlimited,
    );
    expect(here?.attempt).toBe(attempt);
    expect(here?.isAtWork).toBe(true);
    work.resolve();
    await running;
    expect(here?.isAtWork).toBe(false);
  });

  it('is not at work once it was told to stop: others wait for it no longer', () => {
    const attempt = task('send');
    void runAsCurrentTask(
      attempt,
      () => {
        const here = attemptHere();
        attempt.stop(new Error('enough'));
        expect(here?.isAtWork).toBe(false);
        return undefined;
      },
      unlimited,
    );
    expect.assertions(1);
  });
});
