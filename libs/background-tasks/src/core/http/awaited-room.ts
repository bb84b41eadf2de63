import type { RawResponse } from './raw.js';
import { type AnyMethod, ReplacedMethod } from './replaced-method.js';

/**
 * Who waits for room in a response that keeps back what is written.
 *
 * They need not be its own listeners: compression hands them on to its stream, which was never full.
 */
export class AwaitedRoom {
  readonly #response: RawResponse;
  readonly #on: ReplacedMethod;
  readonly #waiting: AnyMethod[] = [];

  constructor(response: RawResponse) {
    this.#response = response;
    this.#on = new ReplacedMethod(response, 'on', (event, listener) => {
      if (event === 'drain') this.#waiting.push(listener as AnyMethod);
      return Reflect.apply(this.#on.original, response, [event, listener]);
    });
  }

  /** Remembers nobody any more. */
  leave(): void {
    this.#on.restore();
  }

  /** There is room. */
  tell(): void {
    const own: unknown[] = this.#response.rawListeners('drain');
    const others = this.#waiting.splice(0).filter((listener) => !own.includes(listener));
    this.#response.emit('drain');
    for (const listener of others) Reflect.apply(listener, this.#response, []);
  }
}
