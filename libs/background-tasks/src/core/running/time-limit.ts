import { after } from '../batch/clock.js';

/**
 * Settles as `work` does; after `timeLeft` milliseconds, rejects with what `timeOut` makes of it.
 *
 * Where no time is left, that is on the next turn of the event loop: work that has ended by then has not run out of it. Once
 * `onceGivenUp` says so, no time is kept any more: whoever gave the work up waits for nothing, and a timer would keep the
 * process alive.
 */
export function withinTime(
  work: Promise<void>,
  timeLeft: number,
  timeOut: () => Error,
  onceGivenUp: (callback: () => void) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(Math.max(timeLeft, 0), () => reject(timeOut()));
    onceGivenUp(cancel);
    const settle = (callback: () => void): void => {
      cancel();
      callback();
    };
    work.then(
      () => settle(resolve),
      // eslint-disable-next-line typescript/prefer-promise-reject-errors -- what a task threw stays what it is
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
