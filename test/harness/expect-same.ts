import { expect } from '@jest/globals';

/**
 * Expects the very same members, in order.
 *
 * What has only private fields `toEqual` takes for equal, as any two tasks, and `undefined` for no member at all.
 */
export function expectSame(members: Iterable<unknown>, ...expected: readonly unknown[]): void {
  const list = [...members];
  expect(list).toHaveLength(expected.length);
  expected.forEach((member, index) => expect(list[index]).toBe(member));
}
