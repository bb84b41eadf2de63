import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { type SeenRequest, stores } from './seen.js';
import type { Stage } from './stage.js';

export type RawResponse = (ServerResponse | Http2ServerResponse) & {
  background?: unknown;
  end(body?: string): unknown;
};

/** The requests of each connection that are not over: one listener serves them all. */
const inFlight = new WeakMap<Socket, Set<SeenRequest>>();

/** Sees every request arrive before anybody else does, and gives it its store. */
export function watchRequests(server: Server, stage: Stage): void {
  server.on('connection', (socket: Socket) => {
    const requests = new Set<SeenRequest>();
    inFlight.set(socket, requests);
    // a pipelined response whose turn never came hears of nothing else
    socket.prependOnceListener('close', () => requests.forEach((seen) => seen.markOver()));
  });
  const arrive = (request: IncomingMessage | Http2ServerRequest, response: RawResponse): void => {
    const seen = stage.requestAt(request.url ?? '');
    stores.enterWith({ request: seen.plan.id });
    inFlight.get(request.socket)?.add(seen);
    void seen.over.promise.then(() => inFlight.get(request.socket)?.delete(seen));
    meet(seen, response);
  };
  server.prependListener('request', arrive as (request: IncomingMessage, response: ServerResponse) => void);
}

/** Sees the end of a response, whichever event tells it first. Later calls for the same request change nothing. */
export function meet(seen: SeenRequest, response: RawResponse): void {
  if (seen.hasArrived) return;
  seen.markArrived(response);
  const over = (): void => seen.markOver();
  response.prependOnceListener('finish', over);
  response.prependOnceListener('close', over);
  seeEnding(seen, response);
}

/** Sees `end()` be called before whoever else wraps it does. */
function seeEnding(seen: SeenRequest, response: RawResponse): void {
  let end: unknown = Reflect.get(response, 'end');
  const seeing = (...args: unknown[]): unknown => {
    if (!seen.isEnded && response.req.socket?.destroyed) seen.markLeft();
    // of HTTP/2, what is ended when its stream has gone does not look so: nobody knows who was not there
    seen.isEnded ||= seen.tasks.length > 0;
    try {
      return Reflect.apply(end as () => unknown, response, args);
    } finally {
      seen.isEnded ||= response.writableEnded;
    }
  };
  Object.defineProperty(response, 'end', {
    configurable: true,
    enumerable: false,
    get: () => seeing,
    set: (wrapped: unknown) => {
      end = wrapped;
    },
  });
}
