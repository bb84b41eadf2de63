import { applicationsOfRequest } from '../../calls/shared-requests.js';
import type { RawRequest } from '../raw.js';
import { ServedRequest } from '../request.js';

/** What this library uses of a router of Express. */
export interface ExpressRouter {
  readonly stack: ExpressLayer[];
  use(middleware: (request: unknown, response: unknown, next: () => void) => void): unknown;
}

/** One function in the chain of a request: middleware, the handler of a route, a router or an application within. */
export interface ExpressLayer {
  readonly handle: object;
  handleRequest: (this: ExpressLayer, request: RawRequest, ...rest: unknown[]) => void;
  handleError: (this: ExpressLayer, error: unknown, request: RawRequest, ...rest: unknown[]) => void;
}

const prepared = new WeakSet<ExpressLayer>();

/**
 * Makes every function that Express calls for a request be called with that request as what is served.
 *
 * Each of them, since each may call the next from anywhere: a pool's callback runs in the context of the request that
 * opened the connection. They are in routers within routers, moved and added at any time; what all have in common is the
 * prototype of Express's layers. It asks a request which applications want that, and leaves all others alone.
 */
export function enterAtEveryLayer(router: ExpressRouter): void {
  const layers = prototypeOfLayers(router);
  if (prepared.has(layers)) return;
  prepared.add(layers);
  const { handleRequest, handleError } = layers;
  layers.handleRequest = function (request, ...rest) {
    enter(this, request, () => handleRequest.call(this, request, ...rest));
  };
  layers.handleError = function (error, request, ...rest) {
    enter(this, request, () => handleError.call(this, error, request, ...rest));
  };
}

function enter({ handle }: ExpressLayer, request: RawRequest, fn: () => void): void {
  const applications = applicationsOfRequest(request);
  if (applications === undefined) return fn();
  // of another copy of Express, perhaps, as that of an application beside Nest's
  if (isRouter(handle)) enterAtEveryLayer(handle);
  ServedRequest.enterAll(request, applications, fn);
}

function isRouter(handle: object): handle is ExpressRouter {
  return 'stack' in handle && Array.isArray(handle.stack) && 'use' in handle;
}

/** Express hands out no class of layers: they are those of a layer, which is there for a moment if there is none. */
function prototypeOfLayers(router: ExpressRouter): ExpressLayer {
  const isEmpty = router.stack.length === 0;
  if (isEmpty) router.use((_request, _response, next) => next());
  const layers: ExpressLayer = Object.getPrototypeOf(router.stack[0]);
  if (isEmpty) router.stack.pop();
  return layers;
}
