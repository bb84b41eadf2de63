import type { AbstractHttpAdapter, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { middlewareForAny } from './any.js';
import { type ExpressApplication, prepareExpress } from './express.js';
import { type FastifyInstance, fastifyMiddleware, meetFor, prepareFastify } from './fastify.js';
import { enterAtEveryMiddleware } from './fastify-hooks.js';
import { hasMiddleware } from './middleware-modules.js';
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

/**
 * What `preparePlatform` would be too late for, where tasks have `Scope.DEFAULT`: functions that are given to `app.use()`.
 *
 * To be called when the application is made. It may get its platform later, as in tests.
 */
export function preparePlatformEarly(host: HttpAdapterHost, preparation: Preparation): void {
  if (!preparation.hasDefaultScope) return;
  const prepare = (adapter: AbstractHttpAdapter | null | undefined): void => {
    if (adapter?.getType() === 'fastify')
      enterAtEveryMiddleware(adapter, preparation.application, meetFor(preparation));
  };
  if (host.httpAdapter) prepare(host.httpAdapter);
  // Nests that do not tell refuse such functions until then
  else if ('init$' in host) host.init$.subscribe(() => prepare(host.httpAdapter));
}
