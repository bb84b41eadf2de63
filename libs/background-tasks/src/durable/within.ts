import { after } from '../core/batch/clock.js';

/** Settles as `work` does; after `milliseconds`, rejects with what `tooLate` makes. What comes later is nobody's concern. */
export function within<T>(milliseconds: number, work: Promise<T>, tooLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(milliseconds, () => reject(tooLate()));
    work.then(resolve, reject).finally(cancel);
  });
}

/** Resolves to whether `work` is settled within that time. */
export function isSettledWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  return within(Math.max(0, milliseconds), settled, () => new Error()).catch(() => false);
}

/** What a promise is rejected with that was not settled in time: `what` says who was to do so. */
export function tooLate(what: string, milliseconds: number): Error {
  return new Error(`${what} has not answered within ${milliseconds} ms.`);
}
