import type { Application } from '../calls/application.js';
import type { HandlerNames } from '../calls/handler-call.js';
import { NoActiveRequestError } from '../errors/background-tasks.errors.js';
import { isRawResponse, rawRequestOf, type RawRequest, rawResponseOf, type RawResponse } from '../http/raw.js';
import { RequestCall } from '../http/request-call.js';
import { rememberResponse, ServedRequest } from '../http/request.js';
import { followMethod, type Method } from './follow.js';
import { type ParameterTasks, parameterTasksIn } from './parameter-tasks.js';

const STAND_IN = Symbol('nestjs-background-tasks.stand-in');

/** Which argument of a handler leads to its request; where none does, its async context has to. */
export interface Leads {
  /** The place of its tasks. */
  readonly tasks: number | undefined;
  /** The place of its response. */
  readonly response: number | undefined;
}

/** Whose handler it is, where that is followed by what stands in for it. */
export interface Server {
  readonly application: Application;
  readonly handler: HandlerNames;
}

/**
 * A method that stands in for a handler's, and follows it where Nest has no interceptor for it.
 *
 * A shortcut past the interceptor, which costs as much as half of a small request. It stands there for good, on a
 * prototype that applications may share, and asks at each call whether there is anything to follow: not where the
 * controller is that of an application that follows by interceptor, nor where a method of the controller calls it.
 */
export class StandIn {
  /** What is called in the place of the handler's method. */
  readonly method: Method;
  /** What it stands in for. */
  readonly own: Method;
  readonly #leads: Leads;
  /** By the controller that the handler is a method of. */
  readonly #servers = new WeakMap<object, Server>();

  constructor(own: Method, leads: Leads) {
    this.own = own;
    this.#leads = leads;
    this.method = looksLike(
      own,
      callerOf((self, args) => this.#call(self, args)),
    );
    Object.defineProperty(this.method, STAND_IN, { value: this });
    Reflect.defineMetadata(STAND_IN, true, this.method);
  }

  /** Follows the calls of `controller`. */
  serve(controller: object, server: Server): void {
    this.#servers.set(controller, server);
  }

  #call(self: object, args: unknown[]): unknown {
    const call = this.#callBy(self, args);
    return call === undefined ? Reflect.apply(this.own, self, args) : followMethod(call, this.own, self, args);
  }

  /** The call to follow, if it is Nest's. */
  #callBy(self: object, args: unknown[]): RequestCall | undefined {
    const { tasks, response } = this.#leads;
    if (tasks !== undefined) return this.#callWith(parameterTasksIn(args[tasks]), self);
    const server = this.#serverOf(self);
    if (server === undefined) return undefined;
    const request = response === undefined ? requestHere(server.application) : requestOf(args[response]);
    return request && isFirst(request, server) ? callOf(request, server) : undefined;
  }

  #callWith(tasks: ParameterTasks | undefined, self: object): RequestCall | undefined {
    if (tasks === undefined || tasks.isTaken) return undefined;
    const server = this.#serverOf(self);
    if (server === undefined) throw unservedError(self, this.own);
    const call = callOf(tasks.request, server);
    tasks.take(call);
    return call;
  }

  /** Also for what somebody has made of a controller for one call, with `Object.create()`. */
  #serverOf(self: unknown): Server | undefined {
    let each = self;
    while (typeof each === 'object' && each !== null) {
      const server = this.#servers.get(each);
      if (server !== undefined) return server;
      each = Reflect.getPrototypeOf(each);
    }
    return undefined;
  }
}

/** Calls it with what it is called on. A method, as those of classes are: it has no prototype, and nobody takes it for a class. */
function callerOf(call: (self: object, args: unknown[]) => unknown): Method {
  const methods = {
    standIn(this: unknown, ...args: unknown[]): unknown {
      return call(this as object, args);
    },
  };
  return Reflect.get(methods, 'standIn');
}

/** What stands in for the handler's `method`, if anything does. */
export function standInOf(method: object & { [STAND_IN]?: StandIn }): StandIn | undefined {
  return method[STAND_IN];
}

/**
 * Whether what Nest calls as `handler` leads to what stands in for a method.
 *
 * It may be something that somebody has put around that, as OpenTelemetry does when Nest makes a route: what is written
 * about the method is written about it, too, as Nest would not know it for a handler otherwise.
 */
export function leadsToStandIn(handler: object): boolean {
  return standInOf(handler) !== undefined || Reflect.hasMetadata(STAND_IN, handler);
}

/**
 * What stands in for the method `key` of `prototype`, from now on; `undefined` where nothing can.
 *
 * It stands where the method is, which may be further up: what inherits it or calls it by `super` finds it there, too.
 */
export function putStandIn(prototype: object, key: string | symbol, leads: Leads): StandIn | undefined {
  let level: object | null = prototype;
  while (level !== null && !Object.hasOwn(level, key)) level = Reflect.getPrototypeOf(level);
  const descriptor = level === null ? undefined : Reflect.getOwnPropertyDescriptor(level, key);
  if (level === null || typeof descriptor?.value !== 'function') return undefined;
  const method = descriptor.value as Method;
  const existing = standInOf(method);
  if (existing !== undefined) return existing;
  const standIn = new StandIn(method, leads);
  const isThere = Reflect.defineProperty(level, key, { ...descriptor, value: standIn.method });
  return isThere ? standIn : undefined;
}

/**
 * `method`, made to look like `own`: with its name, its length and, as its prototype, itself.
 *
 * So all that is written about it is found: what decorators have put there or will, what the engine knows of it.
 */
function looksLike(own: Method, method: Method): Method {
  for (const key of Reflect.ownKeys(own)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(own, key);
    // not defined where it cannot be, as what old functions have of their callers
    if (descriptor !== undefined) Reflect.defineProperty(method, key, descriptor);
  }
  Object.setPrototypeOf(method, own);
  // for those who ask for what is written about it, and not about its prototype
  for (const key of Reflect.getOwnMetadataKeys(own) as string[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, own), method);
  }
  return method;
}

function callOf(request: RawRequest, { application, handler }: Server): RequestCall {
  const call = new RequestCall(request, application);
  call.handler = handler;
  return call;
}

/** Whether it is Nest that calls: once for a request, and then whoever calls it is one of those that it called. */
function isFirst(request: RawRequest, { application }: Server): boolean {
  return ServedRequest.existing(request, application)?.call === undefined;
}

/** The request that `response`, which a handler has got as a parameter, answers. */
function requestOf(response: unknown): RawRequest | undefined {
  const known = response as { readonly request?: unknown; readonly req?: unknown } & RawResponse;
  // Fastify's has both, and the second is no part of what it promises; on Node's own, users may keep anything as the first
  const request = rawRequestOf(isRawResponse(response) ? known.req : known.request);
  if (request !== undefined) rememberResponse(request, rawResponseOf(known));
  return request;
}

/** The request that is served here, where no handler of it is at work. */
function requestHere({ currentCall }: Application): RawRequest | undefined {
  const { served } = currentCall;
  return served instanceof ServedRequest ? served.request : undefined;
}

function unservedError(self: object | undefined, method: Method): NoActiveRequestError {
  return new NoActiveRequestError(
    `${self?.constructor.name}.${method.name}`,
    'its BackgroundTasks parameter has no HTTP request to belong to, or BackgroundTasksModule is not imported',
  );
}
