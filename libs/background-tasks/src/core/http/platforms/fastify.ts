import { APPLICATIONS } from '../../calls/shared-requests.js';
import { rememberPlatformRequest } from '../platform-request.js';
import type { RawRequest, RawResponse } from '../raw.js';
import { rememberResponse, ServedRequest, tasksOfRequest, tasksOfResponse } from '../request.js';
import { backgroundAccessor, type BackgroundAccessor } from '../response-background.js';
import { enterAtEveryHook, type Meet } from './fastify-hooks.js';
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
  addHook(name: 'onRequest', hook: Hook): unknown;
  hasReplyDecorator(name: string): boolean;
  decorateRequest(name: symbol, accessor: { getter: () => unknown }): unknown;
  decorateReply(name: string, accessor: { getter: () => unknown; setter: (value: unknown) => void }): unknown;
}

/**
 * Gives the replies of `instance` their `background`, and every request its application and its response.
 *
 * Nothing in Fastify leads from a request to its reply, and a guard that adds a task and denies has
 * only the request.
 *
 * @throws Error where a plugin has given replies a `background` already.
 */
export function prepareFastify(instance: FastifyInstance, preparation: Preparation): void {
  const { application, hasDefaultScope } = preparation;
  if (instance.hasReplyDecorator('background')) throw takenError();
  const { get, set } = backgroundAccessor<FastifyReply>((reply) => {
    rememberResponse(reply.request.raw, reply.raw);
    return tasksOfResponse(reply.request.raw, application);
  });
  instance.decorateReply('background', { getter: get, setter: set });
  instance.decorateRequest(APPLICATIONS, { getter: () => [application] });
  if (preparation.remembersRequests) instance.addHook('onRequest', rememberingHook);
  instance.addHook('onRequest', meetingHook(preparation));
  if (hasDefaultScope) enterAtEveryHook(instance, application, meetFor(preparation));
}

function takenError(): Error {
  return new Error(
    'Cannot prepare Fastify for nestjs-background-tasks: a plugin, or another copy of this library, has decorated replies ' +
      'with `background` already, and `reply.background` is what takes the tasks of a response. Give what the plugin ' +
      'decorates another name, or have one copy installed.',
  );
}

const rememberingHook: Hook = (request, _reply, done) => {
  rememberPlatformRequest(request.raw, request);
  done();
};

function meetingHook(preparation: Preparation): Hook {
  const meetThem = meetFor(preparation);
  return (request, reply, done) => {
    try {
      meetThem(request.raw, reply.raw);
      // what it knows of its route is asked for by what is told
      if (preparation.application.isObserved) rememberPlatformRequest(request.raw, request);
    } catch (error) {
      return done(error);
    }
    done();
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

/** To be done where request and response are seen first. */
export function meetFor(preparation: Preparation): Meet {
  const accessor = rawAccessor(preparation);
  return (request, response) => meet(request, response, accessor);
}

type RawAccessor = BackgroundAccessor<RawResponse>;

/** Whoever meets a response takes over what was assigned to it while it was a plain object. */
function meet(request: RawRequest, response: RawResponse & { background?: unknown }, accessor: RawAccessor): void {
  rememberResponse(request, response);
  if (response.background === undefined || !isPlain(response)) return;
  const assigned = response.background;
  giveBackground(response, accessor);
  response.background = assigned;
}

function isPlain(response: RawResponse): boolean {
  return Reflect.getOwnPropertyDescriptor(response, 'background')?.get === undefined;
}

function giveBackground(response: RawResponse, accessor: RawAccessor): void {
  Object.defineProperty(response, 'background', { ...accessor, configurable: true });
}

function rawAccessor({ application }: Preparation): RawAccessor {
  return backgroundAccessor((response) => tasksOfRequest(response.req, application));
}
