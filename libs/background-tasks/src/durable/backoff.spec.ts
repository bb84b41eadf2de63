import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { backoffOf, waitAfter } from './backoff.js';

const DEFAULTS = { retries: 3, timeout: 1 };
const P_RETRY = { factor: 2, minTimeout: 1_000, maxTimeout: Infinity, maxRetryTime: Infinity, randomize: true };

afterEach(() => {
  jest.restoreAllMocks();
});

describe('how a step is tried again', () => {
  it.each([
    ['as the defaults say', undefined, DEFAULTS, { ...P_RETRY, retries: 3 }],
    [
      'as the defaults say, in numbers',
      undefined,
      { ...DEFAULTS, retries: { factor: 3 } },
      { ...P_RETRY, retries: 10, factor: 3 },
    ],
    ['so often', 5, DEFAULTS, { ...P_RETRY, retries: 5 }],
    ['not at all', 0, DEFAULTS, { ...P_RETRY, retries: 0 }],
    ['without end', null, DEFAULTS, { ...P_RETRY, retries: Infinity }],
    [
      'in numbers',
      { retries: 1, factor: 1, minTimeout: 0, maxTimeout: 5, maxRetryTime: 6, randomize: false },
      DEFAULTS,
      { retries: 1, factor: 1, minTimeout: 0, maxTimeout: 5, maxRetryTime: 6, randomize: false },
    ],
  ])('%s', (_, retries, defaults, expected) => {
    expect(backoffOf(retries === undefined ? {} : { retries }, defaults)).toEqual(expected);
  });

  it('where JSON has written null for no end', () => {
    const retries = { retries: null, maxTimeout: null, maxRetryTime: null } as never;
    expect(backoffOf({ retries }, DEFAULTS)).toEqual({ ...P_RETRY, retries: Infinity });
  });
});

describe('the wait before the next attempt', () => {
  const backoff = { ...P_RETRY, retries: 9, randomize: false };

  it.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [60, 31_536_000_000],
  ])('grows: after %i failures, %i ms', (failures, wait) => {
    expect(waitAfter(failures, backoff)).toBe(wait);
  });

  it('is no longer than maxTimeout, and no shorter than a millisecond', () => {
    expect(waitAfter(5, { ...backoff, maxTimeout: 1_500 })).toBe(1_500);
    expect(waitAfter(1, { ...backoff, minTimeout: 0 })).toBe(1);
  });

  it.each([
    [0, 2_000],
    [0.5, 3_000],
  ])('is spread by chance, up to twice as long: %d', (random, wait) => {
    jest.spyOn(Math, 'random').mockReturnValue(random);
    expect(waitAfter(2, { ...backoff, randomize: true })).toBe(wait);
  });
});
