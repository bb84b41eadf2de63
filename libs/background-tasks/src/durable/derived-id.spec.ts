import { expect, it } from '@jest/globals';
import { derivedId } from './derived-id.js';

it('an id that is derived is a UUID, the same for the same parts, and another for others', () => {
  const id = derivedId('a', 1, 2);
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
  expect(derivedId('a', 1, 2)).toBe(id);
  const others = [derivedId('a', 12), derivedId('a', 1, 2, 0), derivedId('a', '1', 2), derivedId('b', 1, 2)];
  expect(new Set([id, ...others]).size).toBe(5);
});
