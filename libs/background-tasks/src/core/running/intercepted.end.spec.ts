import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { unhandledRejections } from '../../../../../test/harness/unhandled-rejections.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { Attempt } from './attempt.js';
import { Intercepted } from './intercepted.js';

const enough = new Error('enough');
const boom = new Error('boom');

type Next = () => Promise<void>;

describe('an attempt within interceptors that ends although its task goes on', () => {
  let timeline: Timeline;
  let work: Deferred;

  beforeEach(() => {
    timeline = new Timeline();
    work = deferred();
  });

  const doing = (intercept: (next: Next) => Promise<void>): TaskInterceptor => ({
    intercept: (_, next) => intercept(next),
  });

  /** A span: it ends when the attempt does. */
  const span = (name: string): TaskInterceptor => doing((next) => next().finally(() => timeline.mark(`${name} ends`)));

  /** What a run of `interceptors` around the work does, and how to end it. */
  function begin(...interceptors: TaskInterceptor[]) {
    const entry = new FakeBatch().entryOf(new BackgroundTask(() => undefined));
    const attempt = new Attempt(entry, 1);
    const run = new Intercepted(interceptors, attempt, () => {
      timeline.mark('task');
      return work.promise;
    });
    const running = run.run().then(
      () => timeline.mark('succeeded'),
      (error: unknown) => timeline.mark(`failed: ${String(error)}`),
    );
    const end = (): Promise<void> => {
      attempt.stop(enough);
      run.end(enough);
      return turn();
    };
    return { running, end, attempt };
  }

  it('ends for all of them at once, and then as the task does', async () => {
    const { running, end } = begin(span('outer'), span('inner'));
    await end();
    expect(timeline.events).toEqual(['task', 'outer ends', 'inner ends']);
    work.resolve();
    await running;
    expect(timeline.events).toEqual(['task', 'outer ends', 'inner ends', 'succeeded']);
  });

  it('tells them why', async () => {
    const seen: unknown[] = [];
    const { running, end } = begin(doing((next) => next().catch((error: unknown) => void seen.push(error))));
    await end();
    expect(seen).toEqual([enough]);
    work.reject(boom);
    await running;
    expect(timeline.events).toEqual(['task', 'failed: Error: boom']);
  });

  it('ends once', async () => {
    const { running, end } = begin(span('only'));
    await end();
    work.resolve();
    await running;
    await end();
    expect(timeline.events).toEqual(['task', 'only ends', 'succeeded']);
  });

  it('runs nothing in one that calls next() after that', async () => {
    const held = deferred();
    const { running, end } = begin(
      doing(async (next) => {
        await held.promise;
        await next();
      }),
    );
    await end();
    held.resolve();
    await running;
    expect(timeline.events).toEqual(['failed: Error: enough']);
  });

  it('ends as the interceptor does where the task had ended before', async () => {
    const held = deferred();
    const { running, end } = begin(
      doing(async (next) => {
        await next();
        await held.promise;
      }),
    );
    work.resolve();
    await turn();
    await end();
    held.reject(boom);
    await running;
    expect(timeline.events).toEqual(['task', 'failed: Error: boom']);
  });

  it('does not wait for an inner one that goes on by itself', async () => {
    const { end } = begin(
      span('outer'),
      doing(async (next) => {
        await next().catch(() => undefined);
        await deferred().promise;
      }),
    );
    await end();
    expect(timeline.events).toEqual(['task', 'outer ends']);
  });

  it('leaves no unhandled rejection', async () => {
    const unhandled = await unhandledRejections(async () => {
      const { running, end } = begin(
        doing(async (next) => void next()),
        doing((next) => next()),
      );
      await end();
      work.reject(boom);
      await running;
    });
    expect(unhandled).toEqual([]);
    expect(timeline.events).toEqual(['task', 'failed: Error: boom']);
  });
});
