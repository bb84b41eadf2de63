import process from 'node:process';
import { AwaitedRoom } from './awaited-room.js';
import type { RawResponse } from './raw.js';
import { refusedAnswer } from './refused-answer.js';
import { ReplacedMethod } from './replaced-method.js';
import { headersAreSent, SealedHeaders } from './sealed-headers.js';

/** What sends the first byte of a response; everything else that does ends in one of these. */
const WAYS_OUT = ['writeHead', 'flushHeaders', 'write', 'end'] as const;
type WayOut = (typeof WAYS_OUT)[number];

/** A call that was kept back. */
interface KeptCall {
  readonly way: WayOut;
  readonly args: readonly unknown[];
}

/** What a response says of itself as if it were out, since it is for whoever answers. */
const SAID = ['headersSent', 'writableEnded'] as const;

/**
 * Lets nothing of `response` out before it has asked: `ask` returns nothing where it may go at once.
 *
 * It stands in the way of Node's own methods, on the response itself, as compression and sessions do, and leaves with the
 * first byte. While it waits, what is called is kept back, in order, and the response says that its headers are sent, and
 * that it is ended once it was: for whoever answers they are. Where the promise rejects, a plain 503 is sent in the place
 * of what was kept back.
 *
 * Returns what tells whether something is kept back: nothing of it is out then, whatever the response says.
 */
export function holdBack(response: RawResponse, ask: () => Promise<void> | undefined): KeptBack | undefined {
  if (response.headersSent) return undefined;
  const gate = new ResponseGate(response, ask);
  gate.shut();
  return gate;
}

export interface KeptBack {
  readonly isAsking: boolean;
}

class ResponseGate implements KeptBack {
  readonly #response: RawResponse;
  readonly #ask: () => Promise<void> | undefined;
  readonly #ways = new Map<WayOut, ReplacedMethod>();
  readonly #kept: KeptCall[] = [];
  #state: 'shut' | 'asking' | 'open' | 'refused' = 'shut';
  #room?: AwaitedRoom;
  #headers?: SealedHeaders;
  #hasEnded = false;
  /** Whether it is this gate that calls, through what others have put beneath it. */
  #isAnswering = false;

  constructor(response: RawResponse, ask: () => Promise<void> | undefined) {
    this.#response = response;
    this.#ask = ask;
  }

  get isAsking(): boolean {
    return this.#state === 'asking';
  }

  shut(): void {
    for (const way of WAYS_OUT) {
      const called = (...args: unknown[]): unknown => this.#called(way, args);
      this.#ways.set(way, new ReplacedMethod(this.#response, way, called));
    }
  }

  #called(way: WayOut, args: readonly unknown[]): unknown {
    if (this.#state === 'shut') {
      this.#announce(way, args);
      this.#askOnce();
    }
    if (this.#state === 'asking') return this.#keep(way, args);
    if (this.#state === 'refused' && !this.#isAnswering && isOfBody(way)) return swallow(way, args, this.#response);
    return this.#pass(way, args);
  }

  /** What is asked depends on the status, which may come with this call only. */
  #announce(way: WayOut, [status]: readonly unknown[]): void {
    if (way === 'writeHead' && typeof status === 'number') this.#response.statusCode = status;
  }

  #askOnce(): void {
    // an answer within the question, as that of a failing logger, is not held back
    this.#state = 'open';
    const asked = this.#ask();
    if (asked === undefined) return this.#leave();
    this.#state = 'asking';
    const { statusCode } = this.#response;
    this.#room = new AwaitedRoom(this.#response);
    this.#headers = new SealedHeaders(this.#response);
    this.#say('headersSent');
    void asked.then(
      () => this.#open(statusCode),
      (error: unknown) => this.#refuse(error),
    );
  }

  #keep(way: WayOut, args: readonly unknown[]): unknown {
    if (way === 'writeHead' && this.#kept.length > 0) throw headersAreSent();
    // as Node does: a second answer is none
    if (this.#hasEnded) return swallow(way, args, this.#response);
    this.#kept.push({ way, args });
    if (way === 'end') {
      this.#hasEnded = true;
      this.#say('writableEnded');
    }
    return way === 'write' ? false : this.#response;
  }

  #pass(way: WayOut, args: readonly unknown[]): unknown {
    const { original } = this.#ways.get(way) ?? {};
    return original && Reflect.apply(original, this.#response, args);
  }

  #leave(): void {
    for (const way of this.#ways.values()) way.restore();
  }

  #say(what: (typeof SAID)[number]): void {
    Object.defineProperty(this.#response, what, { get: () => true, configurable: true });
  }

  #waitNoLonger(state: 'open' | 'refused'): void {
    this.#state = state;
    this.#room?.leave();
    this.#headers?.open();
    for (const what of SAID) Reflect.deleteProperty(this.#response, what);
  }

  #open(statusCode: number): void {
    this.#waitNoLonger('open');
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
    for (const { way, args } of this.#kept.splice(0)) {
      const result = this.#pass(way, args);
      if (way === 'write') isDrained = result;
    }
    // a write that was kept back has said that there is no room
    if (isDrained === true && !this.#hasEnded) this.#room?.tell();
  }

  #refuse(error: unknown): void {
    this.#waitNoLonger('refused');
    const kept = this.#kept.splice(0);
    this.#isAnswering = true;
    try {
      const heads = kept.filter(({ way }) => way === 'writeHead').map(({ args }) => args);
      this.#pass('end', [refusedAnswer(this.#response, heads, error)]);
    } catch {
      this.#response.destroy();
    } finally {
      this.#isAnswering = false;
    }
    for (const { way, args } of kept) swallow(way, args, this.#response);
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
