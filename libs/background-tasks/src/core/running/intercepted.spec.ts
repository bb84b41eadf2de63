import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { unhandledRejections } from '../../../../../test/harness/unhandled-rejections.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { TaskContext } from '../tasks/task-context.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { Attempt } from './attempt.js';
import { enabledOf, Intercepted } from './intercepted.js';

const boom = new Error('boom');

type Next = () => Promise<void>;

/** An interceptor of a class named `Given` that does what it is told. */
class Given implements TaskInterceptor {
  constructor(readonly intercept: (task: TaskContext, next: Next) => Promise<void>) {}
}

function intercepted(interceptors: TaskInterceptor[], run: () => Promise<void> | undefined): Promise<void> {
  const entry = new FakeBatch().entryOf(new BackgroundTask(() => undefined).with({ name: 'send' }));
  return new Intercepted(interceptors, new Attempt(entry, 1), run).run();
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

  it('wrap the task, the first one outermost', async () => {
    await intercepted([around('outer'), around('inner')], run);
    expect(timeline.events).toEqual(['outer begins send', 'inner begins send', 'task', 'inner ends', 'outer ends']);
  });

  it('wrap a task that ends at once', async () => {
    await intercepted([around('outer')], () => {
      timeline.mark('task');
      return undefined;
    });
    expect(timeline.events).toEqual(['outer begins send', 'task', 'outer ends']);
  });

  it('see the task fail, and fail with it', async () => {
    await expect(intercepted([around('outer')], () => Promise.reject(boom))).rejects.toBe(boom);
    expect(timeline.events).toEqual(['outer begins send']);
  });

  it('may deal with the failure', async () => {
    const rescue = new Given((_, next) => next().catch(() => timeline.mark('rescued')));
    await intercepted([rescue], () => Promise.reject(boom));
    expect(timeline.events).toEqual(['rescued']);
  });

  it('fail the task when they throw, before it and after it', async () => {
    const before = new Given(() => Promise.reject(boom));
    const atOnce = new Given(() => {
      throw boom;
    });
    const after = new Given(async (_, next) => {
      await next();
      throw boom;
    });
    await expect(intercepted([before], run)).rejects.toBe(boom);
    await expect(intercepted([atOnce], run)).rejects.toBe(boom);
    expect(timeline.events).toEqual([]);
    await expect(intercepted([after], run)).rejects.toBe(boom);
    expect(timeline.events).toEqual(['task']);
  });

  it('cannot leave the task out', async () => {
    const silent = new Given(() => Promise.resolve());
    await expect(intercepted([silent], run)).rejects.toThrow(
      'Cannot run `send`: the interceptor `Given` returned without calling next(). Call and await it.',
    );
  });

  it('cannot run the task twice', async () => {
    const twice = new Given(async (_, next) => {
      await next();
      await next();
    });
    await expect(intercepted([twice], run)).rejects.toThrow(
      'Cannot run `send`: the interceptor `Given` called next() twice. Call it once for each attempt.',
    );
    expect(timeline.events).toEqual(['task']);
  });

  it.each([
    ['returned', () => Promise.resolve()],
    ['thrown', () => Promise.reject(boom)],
  ])('cannot run the task once they have %s', async (_, end) => {
    let late!: Next;
    const keeps = new Given((_task, next) => {
      late = next;
      return end();
    });
    await expect(intercepted([keeps], run)).rejects.toThrow(/boom|returned without/);
    await expect(late()).rejects.toThrow('called next() after it had ended. Call and await it.');
    expect(timeline.events).toEqual([]);
  });

  it.each([
    ['return', () => Promise.resolve()],
    ['throw', () => Promise.reject(boom)],
  ])('are waited for with what they do not await themselves, where they %s', async (_, end) => {
    const work = deferred();
    const forgetful = new Given((_task, next) => {
      void next();
      timeline.mark('over');
      return end();
    });
    const running = intercepted([forgetful], () => work.promise)
      .catch(() => undefined)
      .then(() => timeline.mark('all over'));
    await new Promise((resolve) => setImmediate(resolve));
    timeline.mark('work ends');
    work.resolve();
    await running;
    expect(timeline.events).toEqual(['over', 'work ends', 'all over']);
  });

  it('cannot hide a failure that they did not await, be it sooner or later', async () => {
    const forgetful = new Given(async (_, next) => void next());
    const slow = new Given(async (_, next) => {
      void next();
      await new Promise((resolve) => setImmediate(resolve));
    });
    for (const each of [forgetful, slow]) {
      await expect(intercepted([each], () => Promise.reject(boom))).rejects.toBe(boom);
    }
  });

  it('leave no unhandled rejection of the task, whether they await it or throw themselves', async () => {
    const own = new Error('own');
    const impatient = new Given((_, next) => {
      void next();
      return Promise.reject(own);
    });
    const unhandled = await unhandledRejections(async () => {
      await expect(intercepted([impatient], () => Promise.reject(boom))).rejects.toBe(own);
    });
    expect(unhandled).toEqual([]);
  });
});

describe('interceptors that are enabled', () => {
  const named = (isEnabled?: boolean) => ({ isEnabled, intercept: () => Promise.resolve() }) as TaskInterceptor;

  it('are those that do not say otherwise, in their order', () => {
    const [silent, on, off] = [named(), named(true), named(false)];
    expect(enabledOf([silent, off, on])).toEqual([silent, on]);
  });

  it('are nothing at all where there are none', () => {
    expect(enabledOf([])).toBeUndefined();
    expect(enabledOf([named(false)])).toBeUndefined();
  });

  it('are asked each time', () => {
    const changing = { isEnabled: true, intercept: () => Promise.resolve() };
    expect(enabledOf([changing])).toEqual([changing]);
    changing.isEnabled = false;
    expect(enabledOf([changing])).toBeUndefined();
  });

  it('are also those that fail to say it', () => {
    const failing = {
      get isEnabled(): boolean {
        throw boom;
      },
      intercept: () => Promise.resolve(),
    };
    expect(enabledOf([failing])).toEqual([failing]);
  });
});
