import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Has Nest call the hooks of `module` first when the application starts, and last when it shuts down.
 *
 * Nest sorts modules by their distance from the root once, before the first hook. That of all global ones is the same, the
 * greatest number, and then the first one imported is the first.
 */
export function callHooksFirst(module: Type, modules: ModulesContainer): void {
  for (const each of modules.values()) if (each.metatype === module) each.distance = Infinity;
}
