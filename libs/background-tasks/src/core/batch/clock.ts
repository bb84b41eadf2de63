import { performance } from 'node:perf_hooks';
import process from 'node:process';
import * as timers from 'node:timers';

/**
 * The clocks and timers of Node, as they were when this file was loaded, or before somebody had put others in their places.
 *
 * Tests do that, and those stand still until somebody moves them: nothing that the library waits for may
 * depend on them, nor may an end lie before its beginning. Named exports of Node's modules would not do where a compiler
 * makes CommonJS of this file: they are looked up at each use then.
 */
export const clearTimeout = realOf('clearTimeout', timers.clearTimeout);
export const setImmediate = realOf('setImmediate', timers.setImmediate);
export const setTimeout = realOf('setTimeout', timers.setTimeout);
// eslint-disable-next-line typescript/unbound-method -- it is bound once it is known which one it is
export const nextTick = realOf('nextTick', process.nextTick, soon).bind(process);

export const clock = {
  /** Milliseconds since some moment, with fractions; never goes back. */
  now: performance.now.bind(performance),
  /** Milliseconds since 1970; may be set to another time. */
  wallTime: realOf('Date', Date).now,
};

/**
 * What `found` was before it was faked, if it was: then it has the clock that moves it, which keeps the real one.
 *
 * So it is with @sinonjs/fake-timers, which are jest's, vitest's and Sinon's. Should they keep it elsewhere one day, it
 * is `otherwise`.
 */
function realOf<T>(name: string, found: T, otherwise = found): T {
  const { clock: faking } = found as { readonly clock?: Readonly<Record<string, T>> };
  return faking === undefined ? found : (faking[`_${name}`] ?? otherwise);
}

/** Calls `callback`, which does not throw, in a microtask: before anything that waits for the event loop. Nobody can fake that. */
export function soon<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
  void Promise.resolve().then(() => callback(...args));
}

/** The longest that a timer of Node can wait: it takes more for 1 ms. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Calls `callback` after `milliseconds`, however many, unless the function that it returns is called before. */
export function after(milliseconds: number, callback: () => void): () => void {
  const due = clock.now() + milliseconds;
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = setTimeout(
      () => (left > LONGEST_TIMER ? wait(due - clock.now()) : callback()),
      Math.min(left, LONGEST_TIMER),
    );
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

/** Resolves after `milliseconds`. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void after(milliseconds, resolve));
}

/** Resolves after one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
