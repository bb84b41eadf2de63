import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { isSettledWithin, tooLate, within } from './within.js';

const late = new Error('late');
const never = new Promise<never>(() => {});

describe('within a time, a promise', () => {
  it('is itself', async () => {
    const no = new Error('no');
    expect(await within(60_000, Promise.resolve(7), () => late)).toBe(7);
    await expect(within(60_000, Promise.reject(no), () => late)).rejects.toBe(no);
  });

  it('rejects once that is over, and is of no concern later', async () => {
    const work = deferred();
    await expect(within(1, work.promise, () => late)).rejects.toBe(late);
    work.reject(new Error('even later'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('whether a promise is settled in time', () => {
  it('is so when it is, either way', async () => {
    expect(await isSettledWithin(60_000, Promise.resolve())).toBe(true);
    expect(await isSettledWithin(60_000, Promise.reject(new Error('no')))).toBe(true);
  });

  it.each([0, 1, -1])('is not so after %d ms', async (milliseconds) => {
    expect(await isSettledWithin(milliseconds, never)).toBe(false);
  });
});

it('names who has not answered, and for how long', () => {
  expect(tooLate('Redis', 500).message).toBe('Redis has not answered within 500 ms.');
});
