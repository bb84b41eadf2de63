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

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
