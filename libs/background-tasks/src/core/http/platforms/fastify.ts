import { APPLICATION } from '../../calls/application.js';
import { rememberPlatformRequest } from '../platform-request.js';
import type { RawRequest, RawResponse } from '../raw.js';
import { rememberResponse, ServedRequest, tasksOfRequest, willBeAnswered } from '../request.js';
import { backgroundAccessor, type BackgroundAccessor } from '../response-background.js';
import type { Preparation } from './preparation.js';

interface FastifyRequest {
  readonly raw: RawRequest;
}

interface FastifyReply {
  readonly raw: RawResponse;
  readonly request: FastifyRequest;
  background?: unknown;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: unknown) => void) => void;

type Middleware = (request: RawRequest, response: RawResponse, next: () => void) => void;

/** What this library uses of a Fastify instance. */
export interface FastifyInstance {
  addHook(name: 'onRequest' | 'preValidation', hook: Hook): unknown;
  decorateReply(name: string, accessor: { getter: () => unknown; setter: (value: unknown) => void }): unknown;
  decorateRequest(name: symbol, accessor: { getter: () => unknown }): unknown;
}

/**
 * Gives the replies of `instance` their `background`, and every request its application and its response.
 *
 * Nothing in Fastify leads from a request to its reply, and a guard that adds a task and denies has
 * only the request.
 */
export function prepareFastify(instance: FastifyInstance, preparation: Preparation): void {
  const { application, hasDefaultScope } = preparation;
  const { get, set } = backgroundAccessor<FastifyReply>((reply) => {
    rememberResponse(reply.request.raw, reply.raw);
    return tasksOfRequest(reply.request.raw, application);
  });
  instance.decorateReply('background', { getter: get, setter: set });
  instance.decorateRequest(APPLICATION, { getter: () => application });
  if (preparation.remembersRequests) instance.addHook('onRequest', rememberingHook);
  instance.addHook('onRequest', meetingHook(preparation));
  if (!hasDefaultScope) return;
  instance.addHook('onRequest', enteringHook(preparation));
  // a hook in between may call back from elsewhere: Fastify keeps the context of its body parsers only
  instance.addHook('preValidation', enteringHook(preparation));
}

const rememberingHook: Hook = (request, _reply, done) => {
  rememberPlatformRequest(request.raw, request);
  done();
};

function meetingHook(preparation: Preparation): Hook {
  const accessor = rawAccessor(preparation);
  return (request, reply, done) => {
    try {
      meet(request.raw, reply.raw, accessor);
    } catch (error) {
      return done(error);
    }
    done();
  };
}

function enteringHook({ application }: Preparation): Hook {
  return ({ raw }, _reply, done) => {
    // one that became a WebSocket is never answered: its messages have calls of their own
    if (willBeAnswered(raw)) ServedRequest.enter(raw, application, done);
    else done();
  };
}

/**
 * Middleware that meets request and response before all other middleware does.
 *
 * Nest's middleware on Fastify runs before any hook that can still be added, and may answer by itself.
 */
export function fastifyMiddleware(preparation: Preparation): Middleware {
  const { application, hasDefaultScope } = preparation;
  const accessor = rawAccessor(preparation);
  return (request, response, next) => {
    meet(request, response, accessor);
    giveBackground(response, accessor);
    if (hasDefaultScope) ServedRequest.enter(request, application, next);
    else next();
  };
}

type RawAccessor = BackgroundAccessor<RawResponse>;

/** The first to meet a response takes over what was assigned to it while it was a plain object. */
function meet(request: RawRequest, response: RawResponse & { background?: unknown }, accessor: RawAccessor): void {
  if (!rememberResponse(request, response) || response.background === undefined) return;
  const assigned = response.background;
  giveBackground(response, accessor);
  response.background = assigned;
}

function giveBackground(response: RawResponse, accessor: RawAccessor): void {
  Object.defineProperty(response, 'background', { ...accessor, configurable: true });
}

function rawAccessor({ application }: Preparation): RawAccessor {
  return backgroundAccessor((response) => tasksOfRequest(response.req, application));
}
