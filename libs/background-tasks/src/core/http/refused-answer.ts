import { DurableStoreError } from '../errors/durable-store.error.js';
import { lookAt } from '../errors/safely.js';
import type { RawResponse } from './raw.js';

/** What describes the answer that is not sent, and would be wrong of another. */
const OF_THE_BODY =
  /^(content-(type|length|encoding|range|disposition|language|location|md5|digest)|(repr-)?digest|transfer-encoding|etag|last-modified|accept-ranges|cache-control|expires|location|trailer)$/i;

/**
 * Makes of `response` the plain 503 that is sent in the place of another answer, and returns its body.
 *
 * What was said of more than the body stays: cookies, CORS. Those of Fastify come with `writeHead`, whose calls had the
 * arguments `heads`.
 */
export function refusedAnswer(response: RawResponse, heads: ReadonlyArray<readonly unknown[]>, error: unknown): string {
  const answer = error instanceof DurableStoreError ? error : new DurableStoreError([], { cause: error });
  const body = JSON.stringify(answer.getResponse());
  for (const [name, value] of heads.flatMap(headersIn)) lookAt(() => response.setHeader(name, value), undefined);
  for (const name of response.getHeaderNames()) {
    if (OF_THE_BODY.test(name)) response.removeHeader(name);
  }
  response.statusCode = answer.getStatus();
  // that of HTTP/2 warns of being set
  if (Object.hasOwn(response, 'statusMessage')) response.statusMessage = '';
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  return body;
}

/** What `writeHead` was given: an object, or names and values, in turn or in pairs. */
function headersIn(args: readonly unknown[]): Array<[name: string, value: string[]]> {
  const given = args.find((arg) => typeof arg === 'object' && arg !== null);
  if (given === undefined) return [];
  if (!Array.isArray(given)) return Object.entries(given);
  const turns: unknown[] = Array.isArray(given[0]) ? given.flat() : given;
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < turns.length; index += 2) {
    const name = String(turns[index]).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), turns[index + 1]].flat() as string[]);
  }
  return [...headers];
}
