import type { Batch } from '../batch/batch.js';
import { clock } from '../batch/clock.js';
import type { Origin, Source } from '../batch/source.js';
import type { Application } from '../calls/application.js';
import type { CallHost, HandlerCall } from '../calls/handler-call.js';
import { Served, tasksOn } from '../calls/served.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { HttpResponse } from './http-response.js';
import { type AnsweredRequest, RESPONSE, responseOf } from './known-response.js';
import type { RawRequest, RawResponse } from './raw.js';
import { sourceOfRequest } from './request-source.js';

const SERVED = Symbol('nestjs-background-tasks.served');

/** What is kept on a request, also before it has a batch: nothing is made for one until somebody asks. */
type Request = AnsweredRequest & {
  /** As what applications serve it, the one whose handler was called last first: most of the time there is but one. */
  [SERVED]?: ServedRequest;
};

/** The batch of `request` in `application`, if anybody asked for it before. */
export function existingBatchOf(request: Request, application: CallHost): Batch | undefined {
  return ServedRequest.existing(request, application)?.existingBatch;
}

/**
 * The one batch that `request` has in `application`, whoever asks.
 *
 * A batch lives on its request and dies with it, so nothing has to be cleaned up, and no two requests
 * can meet in one.
 */
export function batchOf(request: Request, application: CallHost): Batch {
  return ServedRequest.of(request, application).batch;
}

/** Remembers which response answers `request`, where the platform does not. Returns false if that was known. */
export function rememberResponse(request: Request, response: RawResponse): boolean {
  if (request[RESPONSE] !== undefined) return false;
  request[RESPONSE] = response;
  for (let each = request[SERVED]; each !== undefined; each = each.next) each.setResponse(response);
  return true;
}

/** Remembers that `call` of `application` is at work on `request`. */
export function rememberCallOn(request: Request, call: HandlerCall, application: CallHost): void {
  const served = ServedRequest.of(request, application);
  served.follow(call);
  served.moveToFront();
}

/** The last call of a handler that anybody saw, at work or not. */
export function lastCallOn(request: Request): HandlerCall | undefined {
  let served = request[SERVED];
  while (served !== undefined && served.call === undefined) served = served.next;
  return served?.call;
}

/** Tasks of `request`, with options of their own. */
export function tasksOfRequest(request: Request, application: CallHost): BackgroundTasks {
  return tasksOn(batchOf(request, application), application.currentCall);
}

/**
 * Tasks for the response of `request`: those of the application whose handler is at work on it, or else of `application`.
 *
 * Where applications share a server, nothing else tells which of them makes use of a response.
 */
export function tasksOfResponse(request: Request, application: CallHost): BackgroundTasks {
  const call = lastCallOn(request);
  return call?.state === 'running' ? call.newTasks() : tasksOfRequest(request, application);
}

/** A request while an application serves it, whether or not it has reached a handler; kept on the request. */
export class ServedRequest extends Served implements Origin {
  readonly #application: CallHost;
  readonly #request: Request;
  /** As what another application serves it. */
  next?: ServedRequest;
  /** The last call of a handler that was seen, at work or not. */
  call?: HandlerCall;
  existingBatch: Batch | undefined;
  readonly startedAt: number | undefined;

  private constructor(request: Request, application: CallHost) {
    super(application.currentCall);
    this.startedAt = application.isObserved ? clock.now() : undefined;
    this.#application = application;
    this.#request = request;
  }

  get request(): RawRequest {
    return this.#request;
  }

  get source(): Source {
    return this.call?.source ?? sourceOfRequest(this.#request);
  }

  static existing(request: Request, application: CallHost): ServedRequest | undefined {
    let served = request[SERVED];
    while (served !== undefined && served.#application !== application) served = served.next;
    return served;
  }

  static of(request: Request, application: CallHost): ServedRequest {
    const existing = ServedRequest.existing(request, application);
    if (existing !== undefined) return existing;
    const served = new ServedRequest(request, application);
    served.next = request[SERVED];
    request[SERVED] = served;
    return served;
  }

  /** Calls `fn`, and whatever it leads to, with `request` as what `application` serves there. */
  static enter<T>(request: Request, application: CallHost, fn: () => T): T {
    return ServedRequest.of(request, application).enter(fn);
  }

  /**
   * Calls `fn`, and whatever it leads to, with `request` as what is served there: by all open ones of `applications` that
   * find requests so, and by all that serve it already.
   */
  static enterAll<T>(request: Request, applications: readonly Application[], fn: () => T): T {
    for (const each of applications) if (each.findsRequests && !each.isClosed) ServedRequest.of(request, each);
    return enterEach(request[SERVED], fn);
  }

  /** Whether it is found by async context. */
  get isFound(): boolean {
    return this.#application.findsRequests;
  }

  enter<T>(fn: () => T): T {
    const { currentCall } = this.#application;
    return currentCall.served === this ? fn() : currentCall.enter(this, fn);
  }

  get batch(): Batch {
    if (this.existingBatch !== undefined) return this.existingBatch;
    const batch = this.#application.newBatch(this.#request);
    batch.origin = this;
    this.existingBatch = batch;
    if (this.call !== undefined) batch.settling.follow(this.call);
    const response = responseOf(this.#request);
    if (response !== undefined) this.setResponse(response);
    return batch;
  }

  setResponse(response: RawResponse): void {
    this.existingBatch?.settling.setResponse(new HttpResponse(this.#request, response));
  }

  follow(call: HandlerCall): void {
    this.call = call;
    this.existingBatch?.settling.follow(call);
  }

  moveToFront(): void {
    const first = this.#request[SERVED];
    if (first === this) return;
    let before = first;
    while (before !== undefined && before.next !== this) before = before.next;
    if (before !== undefined) before.next = this.next;
    this.next = first;
    this.#request[SERVED] = this;
  }
}

function enterEach<T>(first: ServedRequest | undefined, fn: () => T): T {
  let served = first;
  while (served !== undefined && !served.isFound) served = served.next;
  if (served === undefined) return fn();
  const { next } = served;
  return next === undefined ? served.enter(fn) : served.enter(() => enterEach(next, fn));
}
