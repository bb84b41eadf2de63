import { describe, expect, it, jest } from '@jest/globals';
import { nest } from '../../../../../test/harness/nest.js';
import { isNest12OrLater } from './version.js';

describe('isNest12OrLater', () => {
  it('is what the package says of its version', () => {
    expect(isNest12OrLater).toBe(nest.is12);
  });

  it.each([
    ['a NestJS with its pipe for standard schemas', { StandardSchemaValidationPipe: class {} }, true],
    ['a NestJS without it', { ValidationPipe: class {} }, false],
  ])('of %s: %p', async (_, exported, expected) => {
    jest.resetModules();
    jest.unstable_mockModule('@nestjs/common', () => exported);
    expect((await import('./version.js')).isNest12OrLater).toBe(expected);
  });
});
