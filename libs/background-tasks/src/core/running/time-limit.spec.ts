import { describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { withinTime } from './time-limit.js';

const boom = new Error('boom');
const tooLong = new Error('too long');

describe('work with a limit', () => {
  it('ends within its limit as it does', async () => {
    await expect(withinTime(Promise.resolve(), 1000, () => tooLong)).resolves.toBeUndefined();
    await expect(withinTime(Promise.reject(boom), 1000, () => tooLong)).rejects.toBe(boom);
  });

  it('keeps no timer once it has ended', async () => {
    const timeOut = jest.fn(() => tooLong);
    await withinTime(Promise.resolve(), 1, timeOut);
    await expect(withinTime(Promise.reject(boom), 1, timeOut)).rejects.toBe(boom);
    // its timer is the later one: when it has gone off, those before it would have, too
    await expect(withinTime(deferred().promise, 5, () => tooLong)).rejects.toBe(tooLong);
    expect(timeOut).not.toHaveBeenCalled();
  });

  it('is over on the next turn where no time is left, unless it has ended', async () => {
    await expect(withinTime(deferred().promise, -1, () => tooLong)).rejects.toBe(tooLong);
    await expect(withinTime(Promise.resolve(), -1, () => tooLong)).resolves.toBeUndefined();
  });

  it('is over at its limit, whatever becomes of it', async () => {
    const work = deferred();
    await expect(withinTime(work.promise, 1, () => tooLong)).rejects.toBe(tooLong);
    work.reject(boom);
    await expect(work.promise).rejects.toBe(boom);
  });
});
