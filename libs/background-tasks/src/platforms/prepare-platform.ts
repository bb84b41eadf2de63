import type { AbstractHttpAdapter, ModulesContainer } from '@nestjs/core';
import type { BatchRunner } from '../batch.js';
import { type ExpressApplication, prepareExpress } from './express.js';
import { type FastifyInstance, fastifyMiddleware, prepareFastify } from './fastify.js';

/**
 * Prepares the HTTP platform of the application, if it is one that needs it.
 *
 * To be called before any middleware is registered. On a platform unknown here, a response is found
 * through its handler.
 */
export function preparePlatform(adapter: AbstractHttpAdapter, modules: ModulesContainer, runner: BatchRunner): void {
  const type = adapter.getType();
  if (type === 'express') prepareExpress(adapter.getInstance<ExpressApplication>(), runner);
  if (type !== 'fastify') return;
  prepareFastify(adapter.getInstance<FastifyInstance>(), runner);
  // a first middleware costs every request: it is for applications that have others
  if (hasMiddleware(modules)) adapter.use(fastifyMiddleware(runner));
}

/** Whether a module besides the one that asks configures middleware. */
function hasMiddleware(modules: ModulesContainer): boolean {
  const configuring = [...modules.values()].filter(({ metatype }) => 'configure' in metatype.prototype);
  return configuring.length > 1;
}
