import { clearTimeout, setTimeout } from 'node:timers';

/** Settles as `work` does; after `timeout` milliseconds, rejects with what `timeOut` makes of it. */
export function withinTime(work: Promise<void>, timeout: number, timeOut: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    // the longest that a timer of Node can wait
    const timer = setTimeout(() => reject(timeOut()), Math.min(timeout, 2 ** 31 - 1));
    const settle = (callback: () => void): void => {
      clearTimeout(timer);
      callback();
    };
    work.then(
      () => settle(resolve),
      // eslint-disable-next-line typescript/prefer-promise-reject-errors -- what a task threw stays what it is
      (error: unknown) => settle(() => reject(error)),
    );
  });
}
