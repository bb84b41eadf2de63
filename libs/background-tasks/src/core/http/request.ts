import type { IncomingMessage } from 'node:http';
import { Batch, type BatchRunner, type HandlerAtWork } from '../batch/batch.js';
import type { RawResponse } from '../batch/outcome.js';
import { HttpResponse, type RawRequest } from './http-response.js';

const BATCH = Symbol('nestjs-background-tasks.batch');
const RESPONSE = Symbol('nestjs-background-tasks.response');
const HANDLER = Symbol('nestjs-background-tasks.handler');

/** What is known of a request before there is a batch: nothing is made for one until a task is added. */
interface RequestSlots {
  [BATCH]?: Batch;
  [RESPONSE]?: RawResponse;
  [HANDLER]?: HandlerAtWork;
  /** Express keeps the response of a request here. */
  res?: RawResponse;
  /** Set by Node where the request asked for another protocol, and got it. */
  upgrade?: boolean | null;
}

/**
 * Node's own request inside whatever a platform hands out, or `undefined` if there is none.
 *
 * Middleware on Fastify sees it bare, everything after it sees it wrapped: it is the only key that
 * all of them share.
 */
export function rawRequestOf(request: unknown): RawRequest | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  const raw = 'raw' in request && isRawRequest(request.raw) ? request.raw : request;
  return isRawRequest(raw) ? raw : undefined;
}

/** Node's own response inside whatever a platform hands out. */
export function rawResponseOf(response: { raw?: RawResponse } | RawResponse): RawResponse {
  return ('raw' in response && response.raw) || (response as RawResponse);
}

/** By shape: requests made by light-my-request, HTTP/2 and serverless adapters share no class. */
function isRawRequest(value: unknown): value is IncomingMessage {
  return (
    typeof value === 'object' && value !== null && 'method' in value && 'httpVersionMajor' in value && 'socket' in value
  );
}

/** The batch of `request`, if anybody asked for it before. */
export function existingBatchOf(request: RawRequest): Batch | undefined {
  return (request as RequestSlots)[BATCH];
}

/**
 * The one batch of `request`, whoever asks.
 *
 * A batch lives on its request and dies with it, so nothing has to be cleaned up, and no two requests
 * can meet in one.
 */
export function batchOf(request: RawRequest, runner: BatchRunner): Batch {
  const slots = request as RequestSlots;
  const existing = slots[BATCH];
  if (existing !== undefined) return existing;
  const batch = new Batch(runner);
  slots[BATCH] = batch;
  if (slots[HANDLER] !== undefined) batch.handledBy(slots[HANDLER]);
  const response = responseOf(slots);
  if (response !== undefined) batch.answeredBy(new HttpResponse(request, response));
  return batch;
}

/** Whether an HTTP response will answer `request`: not where it became a WebSocket. */
export function isAnswered(request: RawRequest): boolean {
  const slots = request as RequestSlots;
  return responseOf(slots) !== undefined && slots.upgrade !== true;
}

function responseOf(slots: RequestSlots): RawResponse | undefined {
  return slots[RESPONSE] ?? slots.res;
}

/** Remembers which response answers `request`, where the platform does not. Returns false if that was known. */
export function rememberResponse(request: RawRequest, response: RawResponse): boolean {
  const slots = request as RequestSlots;
  if (slots[RESPONSE] !== undefined) return false;
  slots[RESPONSE] = response;
  slots[BATCH]?.answeredBy(new HttpResponse(request, response));
  return true;
}

/** Remembers that `handler` is at work on `request`. */
export function rememberHandler(request: RawRequest, handler: HandlerAtWork): void {
  const slots = request as RequestSlots;
  slots[HANDLER] = handler;
  slots[BATCH]?.handledBy(handler);
}

/** The last call of a handler that anybody saw, at work or not. */
export function handlerOf(request: RawRequest): HandlerAtWork | undefined {
  return (request as RequestSlots)[HANDLER];
}
