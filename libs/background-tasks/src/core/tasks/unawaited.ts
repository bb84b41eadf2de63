import { types } from 'node:util';

/**
 * Lets the promises among `values`, and in lists among them, reject without harm: they were refused, so nobody awaits them.
 *
 * Promises of Node only, which end the process otherwise. What has a `then` of its own does not; a query may even begin
 * its work when it is called.
 */
export function leaveUnawaited(values: readonly unknown[]): void {
  for (const value of values) {
    try {
      for (const each of [value].flat()) if (types.isPromise(each)) catchSilently(each);
    } catch {
      // a list that cannot be read, a promise whose class throws: anything may be handed over by mistake
    }
  }
}

/** Not by its own `then`, which may be anybody's. */
function catchSilently(promise: Promise<unknown>): void {
  void Promise.prototype.then.call(promise, undefined, () => undefined);
}
