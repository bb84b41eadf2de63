import type { ModulesContainer } from '@nestjs/core';

/** Modules whose `configure()` adds routes to Fastify, and no middleware. */
const withoutMiddleware = new WeakSet<object>();

/** Says so of `module`: it is no reason for a first middleware, which costs every request. */
export function givesNoMiddlewareToFastify(module: object): void {
  withoutMiddleware.add(module);
}

/** Whether a module besides the one that asks configures middleware. */
export function hasMiddleware(modules: ModulesContainer): boolean {
  const configuring = [...modules.values()].filter(
    ({ metatype }) => 'configure' in metatype.prototype && !withoutMiddleware.has(metatype),
  );
  return configuring.length > 1;
}
