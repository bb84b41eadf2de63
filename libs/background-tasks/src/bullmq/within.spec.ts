import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { unhandledRejections } from '../../../../test/harness/unhandled-rejections.js';
import { within } from './within.js';

describe('what is waited for within a time', () => {
  it('ends as it ends in time', async () => {
    await expect(within(60_000, 'Nothing came', Promise.resolve(1))).resolves.toBe(1);
    await expect(within(60_000, 'Nothing came', Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('rejects when the time is over, and whatever comes later is not heard', async () => {
    const late = deferred();
    const unhandled = await unhandledRejections(async () => {
      await expect(within(1, 'Nothing came', late.promise)).rejects.toThrow('Nothing came within 1 ms.');
      late.reject(new Error('late'));
    });
    expect(unhandled).toEqual([]);
  });
});
