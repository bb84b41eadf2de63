import { performance } from 'node:perf_hooks';
import process from 'node:process';
import * as timers from 'node:timers';

/**
 * The clocks and timers of Node, as they were when this file was loaded.
 *
 * Tests put others in their places, which stand still until somebody moves them: nothing that the library waits for may
 * depend on them, nor may an end lie before its beginning. Named exports of Node's modules would not do where a compiler
 * makes CommonJS of this file: they are looked up at each use then.
 */
export const { clearTimeout, setImmediate, setTimeout } = timers;
export const nextTick = process.nextTick.bind(process);
export const { queueMicrotask } = globalThis;

export const clock = {
  /** Milliseconds since some moment, with fractions; never goes back. */
  now: performance.now.bind(performance),
  /** Milliseconds since 1970; may be set to another time. */
  wallTime: Date.now,
};

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

/** Resolves after one turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
