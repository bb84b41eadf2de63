import type { EventEmitter } from 'node:events';
import { setImmediate } from '../batch/clock.js';
import type { AbandonedResponse, AwaitedResponse } from '../batch/outcome.js';
import { forgetSocket, onceSocketCloses } from './closed-sockets.js';
import { isHttp2, type RawRequest, type RawResponse } from './raw.js';
import { holdBack, type KeptBack } from './response-gate.js';
import { UnendedResponse } from './unended-response.js';

type Callback = (aborted: boolean, hasBegun: boolean) => void;

/** A response of HTTP, and its request. */
export class HttpResponse implements AwaitedResponse {
  readonly #request: RawRequest;
  readonly #response: RawResponse;
  /** Whom to tell that it is over, until that is done. */
  #callback?: Callback;
  #keptBack?: KeptBack | undefined;
  #isRefused = false;
  /** Whether it is ended between the moment when it was found to be over and the one when that is told. */
  #unended?: UnendedResponse | undefined;
  #onFinish?: () => void;
  #onClose?: () => void;

  constructor(request: RawRequest, response: RawResponse) {
    this.#request = request;
    this.#response = response;
  }

  get statusCode(): number {
    return this.#response.statusCode;
  }

  get isStreaming(): boolean {
    return this.#hasBegun && !this.#response.writableEnded;
  }

  get #hasBegun(): boolean {
    return this.#response.headersSent && this.#keptBack?.isAsking !== true;
  }

  /** Over is: sent, given up, or gone with its connection. */
  onceOver(callback: Callback): void {
    this.#callback = callback;
    if (isOver(this.#request, this.#response)) this.#tellSoon();
    else this.#listen();
  }

  /** Somebody may have removed all listeners: those of users, of Node itself, and these. */
  watchAgain(): void {
    const onFinish = this.#onFinish;
    if (onFinish === undefined || this.#response.listenerCount('finish', onFinish) > 0) return;
    if (isOver(this.#request, this.#response)) this.#tellSoon();
    else this.#response.on('finish', onFinish);
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  holdBack(ask: () => Promise<void> | undefined): void {
    const refuse = (error: unknown): never => {
      this.#isRefused = true;
      throw error;
    };
    this.#keptBack = holdBack(this.#response, () => ask()?.catch(refuse));
  }

  abandoned(callback: () => void): AbandonedResponse | undefined {
    const unended = this.#unended ?? this.#unendedNow();
    this.#unended = undefined;
    return unended?.onceEnded(callback);
  }

  #unendedNow(): UnendedResponse | undefined {
    return this.#response.writableEnded ? undefined : new UnendedResponse(this.#response);
  }

  #listen(): void {
    const [request, response] = [this.#request, this.#response];
    const onFinish = (): void => this.#tell(wasCutOff(request, response));
    this.#onFinish = onFinish;
    // light-my-request emits `finish` twice, HTTP/2 emits it for a cancelled stream too
    response.on('finish', onFinish);
    // not that of the response, which comes at the same time: nobody removes the listeners of its stream
    if (isHttp2(request, response)) return this.#listenToStream(response.stream, onFinish);
    const sentBefore = response.headersSent ? undefined : request.socket.bytesWritten;
    const onClose = (): void => {
      // what is ended once its connection is gone looks finished
      const isUnsent = sentBefore !== undefined && request.socket.bytesWritten === sentBefore;
      const aborted = isUnsent || !response.writableFinished || wasCutOff(request, response);
      this.#tell(aborted, this.#hasBegun && !isUnsent);
    };
    this.#onClose = onClose;
    response.on('close', onClose);
    // a pipelined response whose turn has not come may hear of nothing else; nor does one that has lost its listeners
    onceSocketCloses(request.socket, onClose);
  }

  /** Before whoever listened before, as Nest does for a stream of events: nothing would tell that one of them has ended it. */
  #listenToStream(stream: EventEmitter, onClose: () => void): void {
    stream.prependListener('close', () => {
      if (this.#callback !== undefined) this.#unended = this.#unendedNow();
    });
    stream.on('close', onClose);
  }

  /** How it was is asked now: what is written to a connection that is gone makes it look as if it had been sent. */
  #tellSoon(): void {
    const [aborted, hasBegun] = [wasAborted(this.#request, this.#response), this.#hasBegun];
    // of HTTP/2, nothing tells later that somebody has ended it
    this.#unended = this.#unendedNow();
    setImmediate(() => this.#tell(aborted, hasBegun));
  }

  #tell(aborted: boolean, hasBegun = this.#hasBegun): void {
    const callback = this.#callback;
    if (callback === undefined) return;
    this.#callback = undefined;
    if (this.#onClose !== undefined) forgetSocket(this.#request.socket, this.#onClose);
    callback(aborted, hasBegun);
    // nobody has asked
    this.#unended?.forget();
  }
}

function isOver(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(request, response)) return response.stream.destroyed;
  return response.destroyed || response.writableFinished || request.socket.destroyed;
}

/**
 * For a response whose end nobody watched: what its state still tells of it.
 *
 * That its connection is gone tells nothing: it may have closed long after.
 */
function wasAborted(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(request, response)) return wasCutOff(request, response);
  return !response.writableFinished || !response.headersSent;
}

/** Whether the connection was lost before what was handed to it had been written: `finish` hides that. */
function wasCutOff(request: RawRequest, response: RawResponse): boolean {
  if (isHttp2(request, response))
    return response.stream.aborted || !response.writableEnded || !response.stream.writableFinished;
  // the socket of an injected request has no such state
  return request.socket.destroyed === true && !request.socket.writableFinished;
}
