/**
 * What `look` returns, or `otherwise` where it throws.
 *
 * For every look at what users made: a getter, a trap of a proxy, `toString`, `inspect` may throw, and what the library
 * says of a thing decides nothing.
 */
export function lookAt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/**
 * Makes `call`, of code that users wrote; what it throws, or what the promise that it returns rejects with, is told to
 * `report`, which throws nothing itself.
 *
 * For everything that runs beside tasks and is no attempt of one: loggers, and whoever subscribes to events.
 */
export function safely(call: () => unknown, report: (thrown: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) Promise.resolve(result).catch(report);
  } catch (thrown) {
    report(thrown);
  }
}

/** Whether `await` would wait for `value`. Its `then` is asked for, not looked for: a proxy may answer what it does not have. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  return typeof Reflect.get(value, 'then') === 'function';
}
