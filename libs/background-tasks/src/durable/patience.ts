import { clock, delay } from '../core/batch/clock.js';

/** How long to wait before something is tried again: longer each time, and no longer than a second. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 1_000;

/**
 * Does `work` until it succeeds, or until the monotonic clock says `end`; then rejects with what it threw last.
 *
 * Once `closing` aborts, it rejects at once.
 */
export function untilDone<T>(work: () => Promise<T>, end: number, closing: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error('The application has shut down, and waits no longer.'));
    if (closing.aborted) return giveUp();
    closing.addEventListener('abort', giveUp, { once: true });
    const done = tryAgain(work, end, closing).finally(() => closing.removeEventListener('abort', giveUp));
    done.then(resolve, reject);
  });
}

async function tryAgain<T>(work: () => Promise<T>, end: number, closing: AbortSignal): Promise<T> {
  for (let wait = FIRST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await work();
    } catch (error) {
      if (closing.aborted || clock.now() + wait > end) throw error;
    }
    await delay(wait);
  }
}
