import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { isSettledWithin, within } from './within.js';

const never = new Promise<never>(() => {});

describe('whether a promise is settled in time', () => {
  it('is so when it is, either way', async () => {
    expect(await isSettledWithin(60_000, Promise.resolve())).toBe(true);
    expect(await isSettledWithin(60_000, Promise.reject(new Error('no')))).toBe(true);
  });

  it.each([0, 1, -1])('is not so after %d ms', async (milliseconds) => {
    expect(await isSettledWithin(milliseconds, never)).toBe(false);
  });
});

describe('within a time, a promise', () => {
  it('is itself', async () => {
    const no = new Error('no');
    expect(await within(60_000, 'It did not come', Promise.resolve(7))).toBe(7);
    await expect(within(60_000, 'It did not come', Promise.reject(no))).rejects.toBe(no);
  });

  it('rejects once that is over, and is of no concern later', async () => {
    const late = deferred();
    await expect(within(1, 'It did not come', late.promise)).rejects.toThrow('It did not come within 1 ms.');
    late.reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
