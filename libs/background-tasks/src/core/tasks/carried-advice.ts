import { types } from 'node:util';

/** What to pass in the place of a value that JSON would change, by what the value is. */
const ADVICE: ReadonlyArray<readonly [is: (value: object) => boolean, advice: string]> = [
  [types.isDate, 'Pass `date.toISOString()` or `date.getTime()`, and make a Date of it in the task.'],
  [types.isMap, 'Pass `[...map]` or `Object.fromEntries(map)`, and make a Map of it in the task.'],
  [types.isSet, 'Pass `[...set]`, and make a Set of it in the task.'],
  [isBytes, "Pass the bytes as base64, as in `buffer.toString('base64')`; or keep them elsewhere, and pass where."],
  [types.isNativeError, 'Pass its `message`, or what the task needs of it.'],
  [types.isRegExp, 'Pass its `source` and `flags`.'],
  [types.isPromise, 'Await it, and pass what it resolves to.'],
  [types.isBoxedPrimitive, 'Pass what it stands for, as `value.valueOf()`.'],
  [isUrl, 'Pass its `href`.'],
];

const PLAIN = 'Pass plain data: the fields that the task needs, as in `{ id: user.id }`, or an id to look it up by.';

/** What to pass instead of `value`. */
export function adviceFor(value: unknown): string {
  if (typeof value === 'bigint') return 'Pass `String(value)`, and make a bigint of it in the task.';
  if (value === undefined) return 'Pass null where there is nothing.';
  if (typeof value === 'function') return 'Pass what it is to work on: a worker finds functions by their names only.';
  if (typeof value === 'symbol') return 'Pass its description.';
  return (typeof value === 'object' && value !== null && ADVICE.find(([is]) => is(value))?.[1]) || PLAIN;
}

function isBytes(value: object): boolean {
  return types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value);
}

/** By its shape: there are several that are called so. */
function isUrl(value: object): boolean {
  return 'href' in value && 'searchParams' in value;
}
