import { after } from '../core/batch/clock.js';

/** As `promise`, but rejects with an error that says `what` once `milliseconds` are over. What comes later is nobody's concern. */
export function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = after(milliseconds, () => reject(new Error(`${what} within ${milliseconds} ms.`)));
    promise.then(resolve, reject).finally(cancel);
  });
}
