import type { Batch } from '../batch/batch.js';
import type { Application } from '../calls/application.js';
import type { CallHost, HandlerCall } from '../calls/handler-call.js';
import { Served, tasksOn } from '../calls/served.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import type { TaskGroup } from '../tasks/task-group.js';
import { HttpResponse } from './http-response.js';
import { isRawResponse, type RawRequest, type RawResponse } from './raw.js';

const BATCH = Symbol('nestjs-background-tasks.batch');
const RESPONSE = Symbol('nestjs-background-tasks.response');
const CALL = Symbol('nestjs-background-tasks.call');
const SERVED = Symbol('nestjs-background-tasks.served');

/** What is kept on a request, also before it has a batch: nothing is made for one until somebody asks. */
type Request = RawRequest & {
  [BATCH]?: Batch;
  [RESPONSE]?: RawResponse;
  [CALL]?: HandlerCall;
  [SERVED]?: ServedRequest;
  /** Express keeps the response of a request here. */
  res?: unknown;
  /** Set by Node where the request asked for another protocol, and got it. */
  upgrade?: boolean | null;
};

/** The batch of `request`, if anybody asked for it before. */
export function existingBatchOf(request: Request): Batch | undefined {
  return request[BATCH];
}

/**
 * The one batch of `request`, whoever asks.
 *
 * A batch lives on its request and dies with it, so nothing has to be cleaned up, and no two requests
 * can meet in one.
 */
export function batchOf(request: Request, application: CallHost): Batch {
  const existing = request[BATCH];
  if (existing !== undefined) return existing;
  const batch = application.newBatch(request);
  request[BATCH] = batch;
  if (request[CALL] !== undefined) batch.settling.follow(request[CALL]);
  const response = responseOf(request);
  if (response !== undefined) batch.settling.setResponse(new HttpResponse(request, response));
  return batch;
}

/** Whether an HTTP response will answer `request`: not where it became a WebSocket. */
export function willBeAnswered(request: Request): boolean {
  return responseOf(request) !== undefined && request.upgrade !== true;
}

function responseOf(request: Request): RawResponse | undefined {
  // users may keep another one there
  return request[RESPONSE] ?? (isRawResponse(request.res) ? request.res : undefined);
}

/** The status of the response that will answer `request`, or has answered it, if it is known. */
export function statusOf(request: Request): number | undefined {
  return responseOf(request)?.statusCode;
}

/** Remembers which response answers `request`, where the platform does not. Returns false if that was known. */
export function rememberResponse(request: Request, response: RawResponse): boolean {
  if (request[RESPONSE] !== undefined) return false;
  request[RESPONSE] = response;
  request[BATCH]?.settling.setResponse(new HttpResponse(request, response));
  return true;
}

/** Remembers that `call` is at work on `request`. */
export function rememberCallOn(request: Request, call: HandlerCall): void {
  request[CALL] = call;
  request[BATCH]?.settling.follow(call);
}

/** The last call of a handler that anybody saw, at work or not. */
export function lastCallOn(request: Request): HandlerCall | undefined {
  return request[CALL];
}

/** Tasks of `request`, with options of their own. */
export function tasksOfRequest(request: Request, application: CallHost): BackgroundTasks {
  return tasksOn(batchOf(request, application), application.currentCall);
}

/** A request while an application serves it, whether or not it has reached a handler. */
export class ServedRequest extends Served {
  readonly #application: CallHost;
  readonly #request: Request;

  constructor(request: Request, application: CallHost) {
    super(application.currentCall);
    this.#application = application;
    this.#request = request;
  }

  get batch(): Batch {
    return batchOf(this.#request, this.#application);
  }

  get existingBatch(): Batch | undefined {
    return existingBatchOf(this.#request);
  }

  /** Kept on the request once somebody asks for it, since a request may be entered more than once. */
  override get group(): TaskGroup {
    const kept = this.#request[SERVED];
    if (kept !== undefined && kept !== this && kept.#application === this.#application) return kept.group;
    this.#request[SERVED] = this;
    return super.group;
  }

  /** Calls `fn`, and whatever it leads to, with `request` as what `application` serves there. */
  static enter<T>(request: Request, application: Application, fn: () => T): T {
    const { currentCall } = application;
    const { served } = currentCall;
    const isEntered = served instanceof ServedRequest && served.#request === request;
    return isEntered ? fn() : currentCall.enter(new ServedRequest(request, application), fn);
  }
}
