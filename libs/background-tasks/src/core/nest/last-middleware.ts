import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** Farther from the root than any module, and not as far as those that are global, whose middleware comes first. */
const FARTHEST = Number.MAX_SAFE_INTEGER;

/**
 * Has Nest register the middleware of `module` after that of all others, so that sessions and users are known to it.
 *
 * Nest sorts modules by their distance from the root, for their middleware and for their hooks: those of `module` are called
 * early when the application starts, and late when it shuts down.
 */
export function callMiddlewareLast(module: Type, modules: ModulesContainer): void {
  for (const each of modules.values()) if (each.metatype === module && !each.isGlobal) each.distance = FARTHEST;
}
