import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import type { AwaitedResponse } from '../batch/outcome.js';
import type { RawRequest, RawResponse } from './raw.js';

/** A response of HTTP, and its request. */
export class HttpResponse implements AwaitedResponse {
  readonly #request: RawRequest;
  readonly #response: RawResponse;

  constructor(request: RawRequest, response: RawResponse) {
    this.#request = request;
    this.#response = response;
  }

  get headersSent(): boolean {
    return this.#response.headersSent;
  }

  get statusCode(): number {
    return this.#response.statusCode;
  }

  get isStreaming(): boolean {
    return this.#response.headersSent && !this.#response.writableEnded;
  }

  /** Over is: sent, given up, or gone with its connection. */
  onceOver(callback: (aborted: boolean) => void): void {
    onceResponseIsOver(this.#request, this.#response, callback);
  }
}

function onceResponseIsOver(request: RawRequest, response: RawResponse, callback: (aborted: boolean) => void): void {
  if (isOver(request, response)) {
    // now: what is written to a connection that is gone makes it look as if it had been sent
    const aborted = wasAborted(request, response);
    setImmediate(() => callback(aborted));
    return;
  }
  let forgetSocket: (() => void) | undefined;
  let isCalled = false;
  const end = (aborted: boolean): void => {
    if (isCalled) return;
    isCalled = true;
    forgetSocket?.();
    callback(aborted);
  };
  // light-my-request emits `finish` twice, HTTP/2 emits it for a cancelled stream too
  response.on('finish', () => end(wasCutOff(request, response)));
  response.on('close', () => end(true));
  // a pipelined response whose turn has not come has no socket, and may hear of nothing but the end of its request's
  if (!isHttp2(response) && response.socket === null) forgetSocket = onceSocketCloses(request.socket, () => end(true));
}

function isHttp2(response: RawResponse): response is Http2ServerResponse {
  return 'stream' in response;
}

function isOver(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(response)) return response.stream.destroyed;
  return response.destroyed || response.writableFinished || request.socket.destroyed;
}

/**
 * For a response whose end nobody watched: what its state still tells of it.
 *
 * That its connection is gone tells nothing: it may have closed long after.
 */
function wasAborted(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(response)) return wasCutOff(request, response);
  return !response.writableFinished || !response.headersSent;
}

/** Whether the connection was lost before what was handed to it had been written: `finish` hides that. */
function wasCutOff(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(response)) return !response.writableEnded || !response.stream.writableFinished;
  // the socket of an injected request has no such state
  return request.socket.destroyed === true && !request.socket.writableFinished;
}

/**
 * What waits for a socket to close, by socket.
 *
 * One listener a socket: one a request would pile up on a keep-alive connection.
 */
const waiting = new WeakMap<Socket, Set<() => void>>();

function onceSocketCloses(socket: Socket, callback: () => void): () => void {
  const callbacks = waiting.get(socket) ?? watch(socket);
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

function watch(socket: Socket): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(socket, callbacks);
  socket.once('close', () => callbacks.forEach((callback) => callback()));
  return callbacks;
}
