import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import type { TaskContext } from '../tasks/task-context.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { intercepted } from './intercepted.js';

const { signal } = new AbortController();
const task: TaskContext = { name: 'send', signal, attempt: 1, outcome: 'success', status: 200, aborted: false };
const boom = new Error('boom');

type Next = () => Promise<void>;

/** An interceptor of a class named `Given` that does what it is told. */
class Given implements TaskInterceptor {
  constructor(readonly intercept: (task: TaskContext, next: Next) => Promise<void>) {}
}

describe('interceptors', () => {
  let timeline: Timeline;
  const run = async (): Promise<void> => timeline.mark('task');

  beforeEach(() => {
    timeline = new Timeline();
  });

  const around = (name: string): Given =>
    new Given(async ({ name: of }, next) => {
      timeline.mark(`${name} begins ${of}`);
      await next();
      timeline.mark(`${name} ends`);
    });

  it('run the task when there are none', async () => {
    await intercepted([], task, run);
    expect(timeline.events).toEqual(['task']);
  });

  it('wrap the task, the first one outermost', async () => {
    await intercepted([around('outer'), around('inner')], task, run);
    expect(timeline.events).toEqual(['outer begins send', 'inner begins send', 'task', 'inner ends', 'outer ends']);
  });

  it('wrap a task that ends at once', async () => {
    await intercepted([around('outer')], task, () => {
      timeline.mark('task');
      return undefined;
    });
    expect(timeline.events).toEqual(['outer begins send', 'task', 'outer ends']);
  });

  it('see the task fail, and fail with it', async () => {
    await expect(intercepted([around('outer')], task, () => Promise.reject(boom))).rejects.toBe(boom);
    expect(timeline.events).toEqual(['outer begins send']);
  });

  it('may deal with the failure', async () => {
    const rescue = new Given((_, next) => next().catch(() => timeline.mark('rescued')));
    await intercepted([rescue], task, () => Promise.reject(boom));
    expect(timeline.events).toEqual(['rescued']);
  });

  it('fail the task when they throw, before it and after it', async () => {
    const before = new Given(() => Promise.reject(boom));
    const after = new Given(async (_, next) => {
      await next();
      throw boom;
    });
    await expect(intercepted([before], task, run)).rejects.toBe(boom);
    expect(timeline.events).toEqual([]);
    await expect(intercepted([after], task, run)).rejects.toBe(boom);
    expect(timeline.events).toEqual(['task']);
  });

  it('cannot leave the task out', async () => {
    const silent = new Given(() => Promise.resolve());
    await expect(intercepted([silent], task, run)).rejects.toThrow(
      'Cannot run `send`: the interceptor `Given` returned without calling next(). Call and await it.',
    );
  });

  it('cannot run the task twice', async () => {
    const twice = new Given(async (_, next) => {
      await next();
      await next();
    });
    await expect(intercepted([twice], task, run)).rejects.toThrow(
      'Cannot run `send`: the interceptor `Given` called next() twice. Call it once for each attempt.',
    );
    expect(timeline.events).toEqual(['task']);
  });

  it('are waited for with what they do not await themselves', async () => {
    const work = deferred();
    const forgetful = new Given(async (_, next) => {
      void next();
      timeline.mark('returned');
    });
    const running = intercepted([forgetful], task, () => work.promise).then(() => timeline.mark('over'));
    await timeline.until('returned');
    timeline.mark('work ends');
    work.resolve();
    await running;
    expect(timeline.events).toEqual(['returned', 'work ends', 'over']);
  });

  it('cannot hide a failure that they did not await', async () => {
    const forgetful = new Given(async (_, next) => void next());
    const work = deferred();
    const running = intercepted([forgetful], task, () => work.promise);
    work.reject(boom);
    await expect(running).rejects.toBe(boom);
  });

  it('that fail for themselves leave no unhandled rejection of the task', async () => {
    const own = new Error('own');
    const impatient = new Given((_, next) => {
      void next();
      return Promise.reject(own);
    });
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    await expect(intercepted([impatient], task, () => Promise.reject(boom))).rejects.toBe(own);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});
