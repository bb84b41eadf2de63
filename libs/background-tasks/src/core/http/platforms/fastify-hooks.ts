import type { Application } from '../../calls/application.js';
import { rawRequestOf, rawResponseOf, type RawRequest, type RawResponse } from '../raw.js';
import { becameSocket } from '../known-response.js';
import { ServedRequest } from '../request.js';

/** What Fastify calls at a step of a request, with that among its arguments. */
type Step = (this: unknown, ...args: unknown[]) => unknown;

/** The hooks that are called for a request; there are others, for the instance. */
const STEPS = [
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onSend',
  'onResponse',
  'onError',
  'onTimeout',
  'onRequestAbort',
];

/** What a Fastify instance is given functions by that it calls for a request, besides routes. */
const METHODS = ['addHook', 'use', 'setErrorHandler', 'setNotFoundHandler'];

/**
 * Makes every function that Fastify calls for a request be called with that request as what `application` serves.
 *
 * Each of them, since each may call the next from anywhere: a pool's callback runs in the context of the request that
 * opened the connection, and Fastify keeps the context of its body parsers only.
 */
export function enterAtEveryHook(instance: object, application: Application, meet: Meet): void {
  const entering = enteringFor(application, meet);
  for (const method of METHODS) enterWhatIsGivenTo(instance, method, entering);
  const hooks = hooksOf(instance);
  if (hooks !== undefined) {
    enterSteps(hooks, entering);
    enterWhatIsGivenTo(hooks, 'add', entering);
  }
  const enterRoute: Step = (route) => typeof route === 'object' && route !== null && enterSteps(route, entering);
  const addHook: unknown = Reflect.get(instance, 'addHook');
  if (isStep(addHook)) Reflect.apply(addHook, instance, ['onRoute', enterRoute]);
}

/**
 * As `enterAtEveryHook`, for the middleware that Nest gives to `adapter`, to be called as soon as that is known.
 *
 * Fastify shows no middleware that it has: what was given to it before the application is initialized is found there only.
 */
export function enterAtEveryMiddleware(adapter: object, application: Application, meet: Meet): void {
  enterWhatIsGivenTo(adapter, 'use', enteringFor(application, meet));
}

/** What is done for a request and its response as soon as both are seen; once more changes nothing. */
export type Meet = (request: RawRequest, response: RawResponse) => void;

type Entering = (value: unknown) => unknown;

function enteringFor(application: Application, meet: Meet): Entering {
  return (value) => (isStep(value) ? enteringStep(value, application, meet) : value);
}

function enterWhatIsGivenTo(target: object, method: string, entering: Entering): void {
  const take: unknown = Reflect.get(target, method);
  if (!isStep(take)) return;
  const takeEntering: Step = function (...args) {
    const isForInstance = ['addHook', 'add'].includes(method) && !STEPS.includes(String(args[0]));
    return Reflect.apply(take, this, isForInstance ? args : args.map((each) => eachOf(each, entering)));
  };
  Reflect.set(target, method, takeEntering);
}

/** The hooks that `instance` has already, such as that of its middleware: Fastify gives them no public name. */
function hooksOf(instance: object): object | undefined {
  const key = Object.getOwnPropertySymbols(instance).find(({ description }) => description === 'fastify.hooks');
  const hooks: unknown = key && Reflect.get(instance, key);
  return typeof hooks === 'object' && hooks !== null ? hooks : undefined;
}

/** Of an instance or a route: a function, or several, under the name of each step. */
function enterSteps(steps: object, entering: Entering): void {
  for (const step of [...STEPS, 'handler']) {
    const value: unknown = Reflect.get(steps, step);
    if (value !== undefined) Reflect.set(steps, step, eachOf(value, entering));
  }
}

function eachOf(value: unknown, entering: Entering): unknown {
  return Array.isArray(value) ? value.map(entering) : entering(value);
}

function isStep(value: unknown): value is Step {
  return typeof value === 'function';
}

/** Those that enter by themselves: a hook is given to an instance, and by that to its list. */
const enteringSteps = new WeakMap<Step, Application>();

/** Like `step` in all that Fastify looks at: how many arguments it takes, and whether it is async. */
function enteringStep(step: Step, application: Application, meet: Meet): Step {
  if (enteringSteps.get(step) === application) return step;
  const entering: Step = function (...args) {
    const first = rawRequestOf(args[0]);
    // behind an error, in what handles errors
    const request = first ?? rawRequestOf(args[1]);
    if (request === undefined || becameSocket(request)) return Reflect.apply(step, this, args);
    const response = args[first === undefined ? 2 : 1];
    if (isResponse(response)) meet(request, rawResponseOf(response));
    return ServedRequest.enter(request, application, () => Reflect.apply(step, this, args));
  };
  enteringSteps.set(entering, application);
  Object.setPrototypeOf(entering, Reflect.getPrototypeOf(step));
  return Object.defineProperties(entering, { name: { value: step.name }, length: { value: step.length } });
}

/** Node's or Fastify's; what is told of a request that was given up has none. */
function isResponse(value: unknown): value is RawResponse {
  return typeof value === 'object' && value !== null;
}
