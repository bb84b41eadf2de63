import { describe, expect, it } from '@jest/globals';
import { queueSettings, wholeSeconds } from './queue-settings.js';

describe('whole seconds', () => {
  it.each([
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [3_600_000, 3600],
    [Infinity, 2_147_483_647],
  ])('of %d ms are %d', (milliseconds, seconds) => {
    expect(wholeSeconds(milliseconds)).toBe(seconds);
  });
});

it('the settings of the queue are integers, and leave retries room to be counted up', () => {
  const settings = queueSettings({ keepCompleted: { age: 1500 } });
  expect(settings.deleteAfterSeconds).toBe(2);
  for (const value of Object.values(settings))
    expect(typeof value === 'number' && !Number.isInteger(value)).toBe(false);
  expect(settings.retryLimit).toBeLessThan(2 ** 31 - 1);
});
