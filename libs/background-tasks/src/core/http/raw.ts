import { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/*
 * What follows tells things apart by shape, as requests made by light-my-request, HTTP/2 and serverless adapters share no
 * class. It has to be a shape that nobody gives by accident: users do set `req.raw`, `res.raw` and `res.stream`. Node's
 * own classes are asked for first: most are of those, and to look at the shapes of many things is slow.
 */

/** Node's own request object, whatever the platform wraps around it. */
export type RawRequest = IncomingMessage | Http2ServerRequest;

/** Node's own response object, whatever the platform wraps around it. */
export type RawResponse = ServerResponse | Http2ServerResponse;

/**
 * Node's own request inside whatever a platform hands out, or `undefined` if there is none.
 *
 * Middleware on Fastify sees it bare, everything after it sees it wrapped: it is the only key that
 * all of them share.
 */
export function rawRequestOf(request: unknown): RawRequest | undefined {
  if (isOfNode(request)) return request;
  if (!isObject(request)) return undefined;
  // Node's own emits events, and what somebody has put into it is another
  if ('on' in request && isRawRequest(request)) return request;
  if ('raw' in request && isRawRequest(request.raw)) return request.raw;
  return isRawRequest(request) ? request : undefined;
}

/** Node's own response inside whatever a platform hands out. */
export function rawResponseOf(response: { readonly raw?: unknown } | RawResponse): RawResponse {
  if (response instanceof ServerResponse) return response;
  return !isRawResponse(response) && 'raw' in response && isRawResponse(response.raw)
    ? response.raw
    : (response as RawResponse);
}

/** Whether `value` is Node's own response. */
export function isRawResponse(value: unknown): value is ServerResponse {
  return value instanceof ServerResponse || (isObject(value) && 'headersSent' in value && 'writableEnded' in value);
}

/** Whether `response`, the one to `request`, is one of HTTP/2. */
export function isHttp2(request: RawRequest, response: RawResponse): response is Http2ServerResponse {
  return (
    request.httpVersionMajor === 2 && 'stream' in response && isObject(response.stream) && 'session' in response.stream
  );
}

/** What `value` has not that a request has, if it has anything of one: a mock, made by hand. */
export function missingOfRequest(value: unknown): string[] {
  return isObject(value) && 'method' in value ? missingIn(value) : [];
}

function isRawRequest(value: unknown): value is IncomingMessage {
  return isOfNode(value) || isShapedAsRequest(value);
}

/** One of Node's: mocks that are made by hand have its prototype, too, and no connection. */
function isOfNode(value: unknown): value is IncomingMessage {
  const made =
    value instanceof IncomingMessage ? (value as { readonly socket?: unknown; readonly method?: unknown }) : undefined;
  return made?.socket !== undefined && made.method !== undefined;
}

function isShapedAsRequest(value: unknown): boolean {
  return isObject(value) && 'method' in value && 'headers' in value && 'socket' in value;
}

function missingIn(value: object): string[] {
  return ['method', 'headers', 'socket'].filter((key) => !(key in value));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
