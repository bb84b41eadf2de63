import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { Submissions } from './submissions.js';

describe('submissions', () => {
  let steps: string[];

  beforeEach(() => {
    steps = [];
  });

  const note = (step: string): Promise<void> => Promise.resolve(void steps.push(step));
  const submissions = (timeout: number): Submissions =>
    new Submissions(timeout, async (id) => {
      await note(`discard ${id}`);
      return true;
    });

  it('store what is stored in time', async () => {
    await submissions(10_000).submit('a', () => note('store'));
    expect(steps).toEqual(['store']);
  });

  it('reject with what the store rejects with', async () => {
    const refused = new Error('no');
    await expect(submissions(10_000).submit('a', () => Promise.reject(refused))).rejects.toBe(refused);
    expect(steps).toEqual([]);
  });

  it('take away what is stored too late, and only then', async () => {
    const late = deferred();
    await expect(submissions(1).submit('a', () => late.promise)).rejects.toThrow('a was not stored within 1 ms');
    expect(steps).toEqual([]);
    late.resolve();
    await late.promise.then();
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual(['discard a']);
  });

  it('discard what may still be stored once that is known', async () => {
    const several = submissions(1);
    const late = deferred();
    await expect(several.submit('a', () => late.promise)).rejects.toThrow('within');
    const discarded = several.discard('a');
    expect(steps).toEqual([]);
    late.resolve();
    expect(await discarded).toBe(true);
    expect(steps).toEqual(['discard a']);
    await several.discard('b');
    expect(steps).toEqual(['discard a', 'discard b']);
  });

  it('take nothing away of what fails late', async () => {
    const late = deferred();
    await expect(submissions(1).submit('a', () => late.promise)).rejects.toThrow('within');
    late.reject(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual([]);
  });

  it('store the same batch again only once it was taken away', async () => {
    const several = submissions(50);
    const late = deferred();
    await expect(several.submit('a', () => late.promise)).rejects.toThrow('within');
    const again = several.submit('a', () => note('store again'));
    expect(steps).toEqual([]);
    late.resolve();
    await again;
    expect(steps).toEqual(['discard a', 'store again']);
    await several.submit('a', () => note('and again'));
    expect(steps).toEqual(['discard a', 'store again', 'and again']);
  });
});
