import { after } from '../core/batch/clock.js';

/** Resolves to whether `promise` is settled within that time. */
export function isSettledWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = after(Math.max(0, milliseconds), () => resolve(false));
    const settled = (): void => {
      cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** As `promise`, but rejects with an error that says `what` once that time is over. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  if (await isSettledWithin(milliseconds, promise)) return promise;
  throw new Error(`${what} within ${milliseconds} ms.`);
}
