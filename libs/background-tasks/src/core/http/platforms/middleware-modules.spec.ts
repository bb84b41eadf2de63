import { describe, expect, it } from '@jest/globals';
import { modulesOf } from '../../../../../../test/harness/modules.js';
import { givesNoMiddlewareToFastify, hasMiddleware } from './middleware-modules.js';

class Asking {
  configure(): void {}
}

class Routes {
  configure(): void {}
}

class Middleware {
  configure(): void {}
}

givesNoMiddlewareToFastify(Routes);

describe('an application', () => {
  it.each([
    ['has none, where nobody else configures any', [], false],
    ['has none, where somebody adds routes alone', [Routes], false],
    ['has some, where somebody else configures it', [Routes, Middleware], true],
  ])('of middleware %s', async (_, modules, has) => {
    const imports = [Asking, ...modules].map((module) => ({ module }));
    expect(hasMiddleware(await modulesOf({ imports }))).toBe(has);
  });
});
