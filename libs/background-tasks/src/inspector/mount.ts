import type { IncomingMessage, ServerResponse } from 'node:http';
import { type MiddlewareConsumer, RequestMethod } from '@nestjs/common';
import type { AbstractHttpAdapter, ApplicationConfig } from '@nestjs/core';
import type { Exchange } from './exchange.js';
import type { Inspector, InspectorRoute } from './inspector.js';
import { prefixFor } from './prefix.js';

interface FastifyRequest {
  readonly raw: IncomingMessage;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/** What this uses of a Fastify instance. */
interface FastifyInstance {
  readonly initialConfig: RouterOptions & { readonly routerOptions?: RouterOptions };
}

interface RouterOptions {
  readonly ignoreTrailingSlash?: boolean;
}

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** Where the inspector goes, and what it is mounted by. */
export interface Place {
  readonly path: string;
  readonly adapter: AbstractHttpAdapter;
  readonly config: ApplicationConfig;
  readonly consumer: MiddlewareConsumer;
}

/**
 * Has the platform give requests to the inspector: no guard, interceptor, pipe or version of the application is in between.
 *
 * Fastify calls hooks and middleware before any route, so there the routes are its own. Express calls all in the order in
 * which it got them, and gets middleware of modules after `configure()`: there the inspector is middleware.
 */
export function mount(inspector: Inspector, place: Place): void {
  const prefix = prefixFor(
    place.config,
    inspector.routes.map(({ suffix }) => `/${place.path}${suffix}`),
  );
  for (const route of inspector.routes) {
    if (place.adapter.getType() === 'fastify') mountOnFastify(inspector, route, place, prefix);
    else mountAsMiddleware(inspector, route, place);
  }
}

function mountOnFastify(inspector: Inspector, route: InspectorRoute, { path, adapter }: Place, prefix: string): void {
  const handle = (request: FastifyRequest, reply: FastifyReply): void => {
    // nothing that others do to a reply when it is sent is meant for this one
    reply.hijack();
    serve(inspector, route, { asked: request, request: request.raw, response: reply.raw });
  };
  const url = `${prefix}/${path}${route.suffix}`;
  adapter.get(url, handle);
  if (route.suffix === '' && !ignoresSlash(adapter.getInstance())) adapter.get(`${url}/`, handle);
}

/** Whether a route answers with a slash at its end, too, so that it cannot have one of its own for that. */
function ignoresSlash({ initialConfig: { ignoreTrailingSlash, routerOptions } }: FastifyInstance): boolean {
  return ignoreTrailingSlash === true || routerOptions?.ignoreTrailingSlash === true;
}

/** Nest itself puts the prefix before it. Methods that it does not know are for whoever comes after it. */
function mountAsMiddleware(inspector: Inspector, route: InspectorRoute, { path, consumer }: Place): void {
  const middleware: Middleware = (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    serve(inspector, route, { asked: request, request, response });
  };
  consumer.apply(middleware).forRoutes({ path: `${path}${route.suffix}`, method: RequestMethod.ALL });
}

function serve(inspector: Inspector, route: InspectorRoute, exchange: Exchange): void {
  void inspector.serve(route, exchange);
}
