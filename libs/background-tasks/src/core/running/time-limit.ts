import { after } from '../batch/clock.js';

/** Settles as `work` does; after `timeout` milliseconds, rejects with what `timeOut` makes of it. */
export function withinTime(work: Promise<void>, timeout: number, timeOut: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = after(timeout, () => reject(timeOut()));
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
