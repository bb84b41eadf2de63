import type { AbstractHttpAdapter, ModulesContainer } from '@nestjs/core';
import { middlewareForAny } from './any.js';
import { type ExpressApplication, prepareExpress } from './express.js';
import { type FastifyInstance, fastifyMiddleware, prepareFastify } from './fastify.js';
import type { Preparation } from './preparation.js';

/**
 * Prepares the HTTP platform of the application for the tasks of its requests.
 *
 * To be called before any middleware is registered.
 */
export function preparePlatform(
  adapter: AbstractHttpAdapter,
  modules: ModulesContainer,
  preparation: Preparation,
): void {
  switch (adapter.getType()) {
    case 'express':
      return prepareExpress(adapter.getInstance<ExpressApplication>(), preparation);
    case 'fastify':
      prepareFastify(adapter.getInstance<FastifyInstance>(), preparation);
      // a first middleware costs every request: it is for applications that have others
      if (hasMiddleware(modules)) adapter.use(fastifyMiddleware(preparation));
      return;
    default:
      adapter.use(middlewareForAny(preparation));
  }
}

/** Whether a module besides the one that asks configures middleware. */
function hasMiddleware(modules: ModulesContainer): boolean {
  const configuring = [...modules.values()].filter(({ metatype }) => 'configure' in metatype.prototype);
  return configuring.length > 1;
}
