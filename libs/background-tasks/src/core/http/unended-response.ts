import { clearTimeout, setTimeout } from '../batch/clock.js';
import type { AbandonedResponse } from '../batch/outcome.js';
import type { RawResponse } from './raw.js';

/** Milliseconds to wait for somebody to end the response of a client that has left. */
const PATIENCE = 30_000;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * A response that nobody has ended, although its client has left.
 *
 * Node tells nobody when that comes to be ended after all: its events are past. But whoever is at work on it, be it a
 * guard, a pipe or an interceptor, comes to call `end()` in the end, since Nest does so for whoever has gone.
 */
export class UnendedResponse implements AbandonedResponse {
  readonly #response: RawResponse;
  readonly #timer: NodeJS.Timeout;
  /** What `end` was before, if it was not the one of all responses. */
  readonly #own: PropertyDescriptor | undefined;
  readonly #end: AnyFunction;
  #isGivenUp = false;
  #callback?: (() => void) | undefined;

  constructor(response: RawResponse) {
    this.#response = response;
    this.#own = Object.getOwnPropertyDescriptor(response, 'end');
    this.#timer = setTimeout(() => this.#tell(), PATIENCE).unref();
    this.#end = this.#endWith(endOf(response));
    Object.defineProperty(response, 'end', { value: this.#end, configurable: true, writable: true });
  }

  /** Calls `callback` once, when somebody has ended it, or after half a minute; returns nothing if that is past. */
  onceEnded(callback: () => void): this | undefined {
    if (this.#isGivenUp) return undefined;
    this.#callback = callback;
    return this;
  }

  forget(): void {
    this.#isGivenUp = true;
    this.#callback = undefined;
    clearTimeout(this.#timer);
    // who has replaced it since goes on to call it, and must not lose it
    if (endOf(this.#response) !== this.#end) return;
    if (this.#own === undefined) Reflect.deleteProperty(this.#response, 'end');
    else Object.defineProperty(this.#response, 'end', this.#own);
  }

  #endWith(end: AnyFunction): AnyFunction {
    const tell = (): void => this.#tell();
    return function (this: unknown, ...args) {
      try {
        return Reflect.apply(end, this, args);
      } finally {
        tell();
      }
    };
  }

  #tell(): void {
    const callback = this.#callback;
    this.forget();
    callback?.();
  }
}

function endOf(response: object): AnyFunction {
  return Reflect.get(response, 'end');
}
