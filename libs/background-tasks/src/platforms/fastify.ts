import type { BatchRunner } from '../batch.js';
import type { RawResponse } from '../outcome.js';
import { batchOf, rememberResponse } from '../request-batch.js';
import type { RawRequest } from '../response-end.js';
import { backgroundAccessor, type BackgroundAccessor } from '../response-background.js';

interface FastifyRequest {
  readonly raw: RawRequest;
}

interface FastifyReply {
  readonly raw: RawResponse;
  readonly request: FastifyRequest;
  background?: unknown;
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: (error?: unknown) => void) => void;

/** What this library uses of a Fastify instance. */
export interface FastifyInstance {
  addHook(name: 'onRequest', hook: OnRequest): unknown;
  decorateReply(name: string, accessor: { getter: () => unknown; setter: (value: unknown) => void }): unknown;
}

/**
 * Gives the replies of `instance` their `background`, and every request the way to its response.
 *
 * Nothing in Fastify leads from a request to its reply, and a guard that adds a task and denies has
 * only the request.
 */
export function prepareFastify(instance: FastifyInstance, runner: BatchRunner): void {
  const { get, set } = backgroundAccessor<FastifyReply>((reply) => {
    rememberResponse(reply.request.raw, reply.raw);
    return batchOf(reply.request.raw, runner);
  });
  instance.decorateReply('background', { getter: get, setter: set });
  instance.addHook('onRequest', (request, reply, done) => {
    try {
      meet(request.raw, reply.raw, runner);
    } catch (error) {
      return done(error);
    }
    done();
  });
}

/**
 * Middleware that meets request and response before all other middleware does.
 *
 * Nest's middleware on Fastify runs before any hook that can still be added, and may answer by itself.
 */
export function fastifyMiddleware(runner: BatchRunner) {
  const accessor = backgroundAccessor((response: RawResponse) => batchOf(response.req, runner));
  return (request: RawRequest, response: RawResponse, next: () => void): void => {
    meet(request, response, runner);
    Object.defineProperty(response, 'background', { ...accessor, configurable: true });
    next();
  };
}

/** The first to meet a response takes over what was assigned to it while it was a plain object. */
function meet(request: RawRequest, response: RawResponse & { background?: unknown }, runner: BatchRunner): void {
  if (!rememberResponse(request, response) || response.background === undefined) return;
  const accessor: BackgroundAccessor<RawResponse> = backgroundAccessor(() => batchOf(request, runner));
  accessor.set.call(response, response.background);
}
