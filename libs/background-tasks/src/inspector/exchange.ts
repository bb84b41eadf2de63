import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { Writable } from 'node:stream';

/** A request to the inspector, and its response: Node's own, whatever the platform. */
export interface Exchange {
  /** The platform's request, for `authorize`. */
  readonly asked: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store, no-transform',
};

/** What others may have said of this response, and what must not hold for it. */
const NOT_SAID = ['content-security-policy-report-only', 'etag', 'last-modified', 'expires'];

/** Says what holds for every answer of the inspector, whatever helmet or CORS middleware has said before. */
export function protect({ response }: Exchange): void {
  for (const name of response.getHeaderNames()) {
    if (NOT_SAID.includes(name) || name.startsWith('access-control-')) response.removeHeader(name);
  }
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** What tells whether a response is closed, and whether it is full: on HTTP/2 its stream, and not the response. */
export function streamOf(response: ServerResponse): Writable {
  const stream: unknown = Reflect.get(response, 'stream');
  return stream instanceof Writable ? stream : response;
}

/** Whether there is nothing to answer: the client has left, or somebody has answered, such as an `authorize` that redirects. */
export function isOver({ response }: Exchange): boolean {
  return response.headersSent || streamOf(response).destroyed;
}

/** Answers with `body`, whole. */
export function answer({ response }: Exchange, type: string, body: string, headers: Record<string, string> = {}): void {
  response.statusCode = 200;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** Answers with `status`, and says nothing else. */
export function refuse({ response }: Exchange, status: number, headers: Record<string, string> = {}): void {
  const body = `${STATUS_CODES[status] ?? 'Error'}\n`;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** The path and the query of a request as they were sent, whatever routers have taken off. */
export function urlOf({ request }: Exchange): { readonly path: string; readonly query: string } {
  const original: unknown = Reflect.get(request, 'originalUrl');
  const url = typeof original === 'string' ? original : (request.url ?? '/');
  const [path = '/', ...query] = url.split(/(?=\?)/);
  return { path, query: query.join('') };
}
