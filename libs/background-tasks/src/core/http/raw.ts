import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

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
  if (typeof request !== 'object' || request === null) return undefined;
  const raw = 'raw' in request && isRawRequest(request.raw) ? request.raw : request;
  return isRawRequest(raw) ? raw : undefined;
}

/** Node's own response inside whatever a platform hands out. */
export function rawResponseOf(response: { readonly raw?: RawResponse } | RawResponse): RawResponse {
  return ('raw' in response && response.raw) || (response as RawResponse);
}

/** By shape: requests made by light-my-request, HTTP/2, serverless adapters and mocks share no class. */
function isRawRequest(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && missingIn(value).length === 0;
}

/** What `value` has not that a request has, if it has anything of one: a mock, made by hand. */
export function missingOfRequest(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || !('method' in value)) return [];
  return missingIn(value);
}

function missingIn(value: object): string[] {
  return ['method', 'headers', 'socket'].filter((key) => !(key in value));
}
