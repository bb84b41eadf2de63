import { describe, expect, it } from '@jest/globals';
import { unhandledRejections } from '../../../../../test/harness/unhandled-rejections.js';
import { Noticed } from './noticed.js';

const boom = new Error('boom');
const done = (): Noticed => new Noticed((resolve) => resolve());
const failed = (): Noticed => new Noticed((_, reject) => reject(boom));

describe('a promise that knows whether anybody looks at it', () => {
  it.each<[string, (promise: Noticed) => unknown]>([
    ['awaited', async (promise) => promise],
    ['asked by then()', (promise) => promise.then(() => undefined)],
    ['asked by catch()', (promise) => promise.catch(() => undefined)],
    ['asked by finally()', (promise) => promise.finally(() => undefined)],
    ['raced', (promise) => Promise.race([promise, new Promise(() => undefined)])],
  ])('knows it when it is %s', async (_, look) => {
    const promise = done();
    expect(promise.isNoticed).toBe(false);
    await look(promise);
    expect(promise.isNoticed).toBe(true);
  });

  it('ends as it was made to end, for whoever looks', async () => {
    await expect(done()).resolves.toBeUndefined();
    await expect(failed()).rejects.toBe(boom);
  });

  it('tells that it has ended without being looked at, and is no unhandled rejection then', async () => {
    const promises = [done(), failed()];
    let ended = 0;
    const unhandled = await unhandledRejections(async () => {
      for (const promise of promises) promise.onceEnded(() => void ended++);
    });
    expect(ended).toBe(2);
    expect(promises.map(({ isNoticed }) => isNoticed)).toEqual([false, false]);
    expect(unhandled).toEqual([]);
  });
});
