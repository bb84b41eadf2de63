import type { Source } from '../batch/source.js';
import { lookAt } from '../errors/safely.js';
import { platformRequestOf } from './platform-request.js';
import type { RawRequest } from './raw.js';

/** What platforms keep of the route that they have found: Express on the one hand, Fastify on the other. */
interface Routed {
  readonly route?: { readonly path?: unknown };
  readonly routeOptions?: { readonly url?: unknown };
}

/** What `request` is called: by its method and the template of its route, never by what was asked for. */
export function sourceOfRequest(request: RawRequest): Source {
  return { kind: 'http', name: nameOf(request.method, routeOf(request)) };
}

/** A call of a handler of HTTP. */
interface Called {
  readonly handler?: { getClass(): object; getHandler(): object };
  readonly name: string;
}

interface Known {
  readonly method: string | undefined;
  readonly route: string | undefined;
  readonly handlers: object;
  readonly source: Source;
}

/** The latest of each handler: most have one route, and what is told of their requests is not made for each. */
const latest = new WeakMap<object, Known>();

/** As of `request`, with the handler that was called for it, if one is known. */
export function sourceOfCall(request: RawRequest, call: Called): Source {
  const { handler } = call;
  if (handler === undefined) return sourceOfRequest(request);
  const [own, handlers, route, { method }] = [handler.getHandler(), handler.getClass(), routeOf(request), request];
  const known = latest.get(own);
  if (known?.route === route && known?.method === method && known?.handlers === handlers) return known.source;
  const source = Object.freeze({ kind: 'http', name: nameOf(method, route), handler: call.name } as const);
  latest.set(own, { method, route, handlers, source });
  return source;
}

function nameOf(method: string | undefined, route: string | undefined): string {
  return `${method} ${route ?? '(no route)'}`;
}

/**
 * What users put in the place of a platform's own is looked at, and not trusted.
 *
 * What does not begin with a slash is none of Nest's routes: within a global prefix, it answers 404 in one that is `*path`.
 */
function routeOf(request: RawRequest): string | undefined {
  const found = lookAt(() => {
    const { routeOptions, route } = platformRequestOf(request) as Routed;
    return routeOptions?.url ?? route?.path;
  }, undefined);
  return typeof found === 'string' && found.startsWith('/') ? found : undefined;
}
