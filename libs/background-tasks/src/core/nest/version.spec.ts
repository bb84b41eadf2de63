import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { nest } from '../../../../../test/harness/nest.js';

describe('isNest12OrLater', () => {
  const read = async (): Promise<boolean> => (await import('./version.js')).isNest12OrLater;

  beforeEach(() => {
    jest.resetModules();
  });

  it('is what the package says of its version', async () => {
    expect(await read()).toBe(nest.is12);
  });

  it.each([
    ['a NestJS with its pipe for standard schemas', { StandardSchemaValidationPipe: class {} }, true],
    ['a NestJS without it', { ValidationPipe: class {} }, false],
  ])('of %s: %p', async (_, exported, expected) => {
    jest.unstable_mockModule('@nestjs/common', () => exported);
    expect(await read()).toBe(expected);
  });
});
