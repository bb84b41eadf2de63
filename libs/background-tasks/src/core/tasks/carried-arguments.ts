import { described, onOneLine, shown } from '../errors/wording.js';
import { adviceFor } from './carried-advice.js';

/** So deep no store is asked to go; what is deeper has probably no end. */
const DEEPEST = 200;

/** How much of a path goes into a message. */
const LONGEST_PATH = 200;

/** What no engine can keep: PostgreSQL refuses both in JSON. With the flag `u`, only a surrogate without its other half matches. */
// eslint-disable-next-line no-control-regex -- it is what is looked for
const NOT_STORABLE = /[\u0000\ud800-\udfff]/u;

/** Why JSON cannot carry something, and where it is. */
class NotCarried extends Error {
  constructor(
    readonly path: string,
    readonly what: string,
    readonly advice: string,
  ) {
    super();
  }
}

/**
 * The arguments of a durable task as JSON, which is what carries them: a copy, taken now.
 *
 * Whatever JSON would change without a word is refused, so that a parameter's type tells the truth in a worker, too. Carried
 * are plain objects, arrays, and instances of classes that have data and no methods, which arrive as plain objects. A
 * property that is `undefined` is absent, and arguments at the end that are fall away.
 *
 * @throws TypeError that says of which task, where, and what to pass instead.
 */
export function carriedArguments(args: readonly unknown[], taskName: string): string {
  const given = withoutTrailingUndefined(args);
  const problem = problemOf(given);
  if (problem === undefined) return JSON.stringify(given);
  throw new TypeError(`Cannot add the durable task \`${shown(taskName)}\`: ${problem}`);
}

function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return args.slice(0, length);
}

function problemOf(given: readonly unknown[]): string | undefined {
  try {
    for (const [index, argument] of given.entries()) check(argument, `argument ${index + 1}`, new Set());
    return undefined;
  } catch (error) {
    if (!(error instanceof NotCarried)) {
      return `its arguments cannot be looked at (${described(error)}). Pass plain data.`;
    }
    return `${onOneLine(error.path, LONGEST_PATH)} is ${error.what}. ${error.advice}`;
  }
}

/** `around` are the objects that it is within. */
function check(value: unknown, path: string, around: Set<object>): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value === 'object') return checkObject(value, path, around);
  if (typeof value !== 'number') {
    throw new NotCarried(path, `${described(value)}, which JSON does not carry`, adviceFor(value));
  }
  if (Number.isFinite(value)) return;
  throw new NotCarried(path, `\`${value}\`, which JSON would turn into null`, 'Pass a finite number, or null.');
}

function checkText(text: string, path: string): void {
  if (!NOT_STORABLE.test(text)) return;
  throw new NotCarried(
    path,
    'a text with U+0000 or half of a surrogate pair, which PostgreSQL does not store',
    'Take it out, or pass the bytes as base64.',
  );
}

function checkObject(value: object, path: string, around: Set<object>): void {
  if (around.has(value)) {
    throw new NotCarried(
      path,
      'an object that it is within itself: a cycle',
      'Pass the ids of what refers to each other.',
    );
  }
  if (around.size >= DEEPEST) {
    throw new NotCarried(path, `more than ${DEEPEST} levels deep`, 'Pass an id, and look the rest up in the task.');
  }
  around.add(value);
  if (Array.isArray(value)) checkArray(value, path, around);
  else checkRecord(value, path, around);
  around.delete(value);
}

function checkArray(array: readonly unknown[], path: string, around: Set<object>): void {
  if (Reflect.ownKeys(array).length > array.length + 1 || depthOf(array) !== 2) {
    throw new NotCarried(path, `${described(array)}, a list with more than its items`, 'Pass `[...list]`.');
  }
  for (let index = 0; index < array.length; index++) check(array[index], `${path}[${index}]`, around);
}

function checkRecord(record: object, path: string, around: Set<object>): void {
  checkHasDataOnly(record, path);
  for (const key of Reflect.ownKeys(record)) {
    const within = typeof key === 'symbol' ? `${path}[${String(key)}]` : `${path}.${key}`;
    const property = Reflect.getOwnPropertyDescriptor(record, key);
    if (typeof key === 'symbol' || property?.enumerable !== true || !('value' in property)) {
      throw new NotCarried(
        within,
        'no property that JSON carries as it is',
        'Pass an object without it, such as `{ id: user.id }`.',
      );
    }
    checkText(key, within);
    if (property.value !== undefined) check(property.value, within, around);
  }
}

/** By what its classes have: instances of those that have data only arrive as plain objects. */
function checkHasDataOnly(record: object, path: string): void {
  let level = Reflect.getPrototypeOf(record);
  // the last one is that of all objects, of whatever realm
  while (level !== null && Reflect.getPrototypeOf(level) !== null) {
    if (Reflect.ownKeys(level).some((key) => key !== 'constructor')) {
      throw new NotCarried(path, `${described(record)}, which would arrive as another thing`, adviceFor(record));
    }
    level = Reflect.getPrototypeOf(level);
  }
}

/** How many prototypes it has: those of lists have two, in every realm. */
function depthOf(value: object): number {
  let depth = 0;
  for (let level = Reflect.getPrototypeOf(value); level !== null; level = Reflect.getPrototypeOf(level)) depth++;
  return depth;
}
