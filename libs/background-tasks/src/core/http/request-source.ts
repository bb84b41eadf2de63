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
export function sourceOfRequest(request: RawRequest, handler?: string): Source {
  const name = `${request.method} ${routeOf(request) ?? '(no route)'}`;
  return { kind: 'http', name, ...(handler !== undefined && { handler }) };
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
