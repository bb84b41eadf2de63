import type { Type } from '@nestjs/common';

/**
 * Has `module`, imported bare, bring `imports` beside those that its `@Module()` names.
 *
 * Those of `@Module()` come with each of its dynamic modules, too, so they cannot differ from one to the other. But what
 * Nest takes for a dynamic module is whatever has a `module`, and a class can have one: itself. So there is one class,
 * which can be exported whatever was imported of it.
 */
export function importWhenBare(module: Type, imports: readonly Type[]): void {
  Object.defineProperties(module, {
    // an heir is the module of itself
    module: {
      get(this: Type): Type {
        return this;
      },
    },
    imports: { value: imports, enumerable: true },
  });
}
