import process from 'node:process';
import { DurableStoreError } from '../errors/durable-store.error.js';
import type { RawResponse } from './raw.js';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** What sends the first byte of a response; everything else that does ends in one of these. */
const WAYS_OUT = ['writeHead', 'flushHeaders', 'write', 'end'] as const;
type WayOut = (typeof WAYS_OUT)[number];

/** What a response says of itself as soon as the ways out were called. */
const STATES = ['headersSent', 'writableEnded'] as const;

/** A call that was kept back. */
interface KeptCall {
  readonly way: WayOut;
  readonly args: readonly unknown[];
}

/** What describes the answer that is not sent, and would be wrong of another. */
const OF_THE_BODY =
  /^(content-(type|length|encoding|range|disposition|language|location)|transfer-encoding|etag|last-modified|accept-ranges|cache-control|expires|location|trailer)$/i;

/**
 * Lets nothing of `response` out before it has asked: `ask` returns nothing where it may go at once.
 *
 * It stands in the way of Node's own methods, on the response itself, as compression and sessions do, and leaves with the
 * first byte. While it waits, what is called is kept back, in order, and the response says that its headers are sent, or
 * that it is ended: for whoever answers they are, or it is. Where the promise rejects, a plain 503 is sent in the place of
 * what was kept back.
 */
export function holdBack(response: RawResponse, ask: () => Promise<void> | undefined): void {
  if (!response.headersSent) new ResponseGate(response, ask).shut();
}

class ResponseGate {
  readonly #response: RawResponse;
  readonly #ask: () => Promise<void> | undefined;
  readonly #ways = new Map<
    WayOut,
    { readonly next: AnyFunction; readonly put: AnyFunction; readonly own?: PropertyDescriptor }
  >();
  readonly #kept: KeptCall[] = [];
  #state: 'shut' | 'asking' | 'open' | 'refused' = 'shut';
  /** Whether it is this gate that calls, through what others have put beneath it. */
  #isAnswering = false;

  constructor(response: RawResponse, ask: () => Promise<void> | undefined) {
    this.#response = response;
    this.#ask = ask;
  }

  shut(): void {
    for (const way of WAYS_OUT) this.#standIn(way);
  }

  #standIn(way: WayOut): void {
    const own = Reflect.getOwnPropertyDescriptor(this.#response, way);
    const next: AnyFunction = Reflect.get(this.#response, way);
    const put: AnyFunction = (...args) => this.#called(way, args);
    this.#ways.set(way, { next, put, ...(own && { own }) });
    Object.defineProperty(this.#response, way, { value: put, configurable: true, writable: true });
  }

  #called(way: WayOut, args: readonly unknown[]): unknown {
    if (this.#state === 'shut') this.#askOnce();
    if (this.#state === 'asking') return this.#keep(way, args);
    if (this.#state === 'refused' && !this.#isAnswering && isOfBody(way)) return swallow(way, args, this.#response);
    return this.#pass(way, args);
  }

  #askOnce(): void {
    // an answer within the question, as that of a failing logger, is not held back
    this.#state = 'open';
    const asked = this.#ask();
    if (asked === undefined) return this.#leave();
    this.#state = 'asking';
    const { statusCode } = this.#response;
    this.#pretend('headersSent');
    void asked.then(
      () => this.#open(statusCode),
      (error: unknown) => this.#refuse(error),
    );
  }

  #keep(way: WayOut, args: readonly unknown[]): unknown {
    this.#kept.push({ way, args });
    // whoever waits for somebody to end it waits no longer
    if (way === 'end') this.#pretend('writableEnded');
    return way === 'write' ? false : this.#response;
  }

  #pretend(state: (typeof STATES)[number]): void {
    Object.defineProperty(this.#response, state, { get: () => true, configurable: true });
  }

  #pass(way: WayOut, args: readonly unknown[]): unknown {
    const { next } = this.#ways.get(way) ?? {};
    return next && Reflect.apply(next, this.#response, args);
  }

  /** Whoever has put something on top goes on to call it, and it passes everything on from now on. */
  #leave(): void {
    for (const [way, { put, own }] of this.#ways) {
      if (Reflect.get(this.#response, way) !== put) continue;
      if (own === undefined) Reflect.deleteProperty(this.#response, way);
      else Object.defineProperty(this.#response, way, own);
    }
  }

  #open(statusCode: number): void {
    this.#state = 'open';
    for (const state of STATES) Reflect.deleteProperty(this.#response, state);
    this.#leave();
    // of what was set since then, nothing belongs to this answer
    this.#response.statusCode = statusCode;
    try {
      this.#replay();
    } catch (error) {
      // whoever made the call has gone on, and would have got it otherwise
      this.#response.destroy(error as Error);
    }
  }

  #replay(): void {
    let isDrained: unknown;
    let hasEnded = false;
    for (const { way, args } of this.#kept.splice(0)) {
      const result = this.#pass(way, args);
      if (way === 'write') isDrained = result;
      hasEnded ||= way === 'end';
    }
    // a write that was kept back has said that there is no room
    if (isDrained === true && !hasEnded) this.#response.emit('drain');
  }

  #refuse(error: unknown): void {
    this.#state = 'refused';
    for (const state of STATES) Reflect.deleteProperty(this.#response, state);
    const kept = this.#kept.splice(0);
    for (const name of this.#response.getHeaderNames()) {
      if (OF_THE_BODY.test(name)) this.#response.removeHeader(name);
    }
    this.#isAnswering = true;
    try {
      this.#answer(error);
    } catch {
      this.#response.destroy();
    } finally {
      this.#isAnswering = false;
    }
    for (const { way, args } of kept) swallow(way, args, this.#response);
  }

  #answer(error: unknown): void {
    const answer = error instanceof DurableStoreError ? error : new DurableStoreError([], { cause: error });
    const body = JSON.stringify(answer.getResponse());
    this.#response.statusCode = answer.getStatus();
    if ('statusMessage' in this.#response) this.#response.statusMessage = '';
    this.#response.setHeader('content-type', 'application/json; charset=utf-8');
    this.#response.setHeader('content-length', Buffer.byteLength(body));
    this.#pass('end', [body]);
  }
}

function isOfBody(way: WayOut): boolean {
  return way === 'write' || way === 'end';
}

/** What is written to an answer that will not be sent: it is taken, and its callback is called. */
function swallow(way: WayOut, args: readonly unknown[], response: RawResponse): unknown {
  const callback = isOfBody(way) ? args.find((arg) => typeof arg === 'function') : undefined;
  if (callback !== undefined) process.nextTick(callback);
  return way === 'write' ? true : response;
}
