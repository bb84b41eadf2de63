import { described, onOneLine, shown } from '../errors/wording.js';
import { adviceFor } from './carried-advice.js';

/** So deep no store is asked to go; what is deeper has probably no end. */
const DEEPEST = 200;

/** More of them take longer to look at than a response should wait. */
const MOST_VALUES = 250_000;

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
  const copying = new Copying();
  const problem = problemIn(() => given.forEach((each, index) => copying.add(each, `argument ${index + 1}`)));
  if (problem === undefined) return JSON.stringify(copying.copies);
  throw new TypeError(`Cannot add the durable task \`${shown(taskName)}\`: ${problem}`);
}

function withoutTrailingUndefined(args: readonly unknown[]): readonly unknown[] {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return args.slice(0, length);
}

function problemIn(look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (!(error instanceof NotCarried)) {
      return `its arguments cannot be looked at (${described(error)}). Pass plain data.`;
    }
    return `${onOneLine(error.path, LONGEST_PATH)} is ${error.what}. ${error.advice}`;
  }
}

/** Copies what it looks at, each thing once: what is looked at again may be another, as that of a proxy. */
class Copying {
  readonly copies: unknown[] = [];
  /** The objects that it is within. */
  readonly #around = new Set<object>();
  #count = 0;

  add(value: unknown, path: string): void {
    this.copies.push(this.#copy(value, path));
  }

  #copy(value: unknown, path: string): unknown {
    if (++this.#count > MOST_VALUES) {
      throw new NotCarried(
        path,
        `beyond the first ${MOST_VALUES} values`,
        'Pass an id, and look the rest up in the task.',
      );
    }
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return checkedText(value, path);
    if (typeof value === 'number') return checkedNumber(value, path);
    if (typeof value === 'object') return this.#copyObject(value, path);
    throw new NotCarried(path, `${described(value)}, which JSON does not carry`, adviceFor(value));
  }

  #copyObject(value: object, path: string): object {
    if (this.#around.has(value)) {
      const advice = 'Pass the ids of what refers to each other.';
      throw new NotCarried(path, 'an object that it is within itself: a cycle', advice);
    }
    if (this.#around.size >= DEEPEST) {
      throw new NotCarried(path, `more than ${DEEPEST} levels deep`, 'Pass an id, and look the rest up in the task.');
    }
    this.#around.add(value);
    const copy = Array.isArray(value) ? this.#copyList(value, path) : this.#copyRecord(value, path);
    this.#around.delete(value);
    return copy;
  }

  #copyList(list: readonly unknown[], path: string): unknown[] {
    if (Reflect.ownKeys(list).length > list.length + 1 || depthOf(list) !== 2) {
      throw new NotCarried(path, `${described(list)}, a list with more than its items`, 'Pass `[...list]`.');
    }
    return Array.from({ length: list.length }, (_, index) => this.#copy(list[index], `${path}[${index}]`));
  }

  #copyRecord(record: object, path: string): object {
    checkHasDataOnly(record, path);
    // without a prototype, `__proto__` is a name like any other, and nobody's toJSON() is found
    const copy = Object.create(null) as Record<string, unknown>;
    for (const key of Reflect.ownKeys(record)) {
      const within = typeof key === 'symbol' ? `${path}[${String(key)}]` : `${path}.${key}`;
      const property = Reflect.getOwnPropertyDescriptor(record, key);
      if (typeof key === 'symbol' || property?.enumerable !== true || !('value' in property)) {
        const advice = 'Pass an object without it, such as `{ id: user.id }`.';
        throw new NotCarried(within, 'no property that JSON carries as it is', advice);
      }
      checkedText(key, within);
      const value: unknown = property.value;
      if (value !== undefined) copy[key] = this.#copy(value, within);
    }
    return copy;
  }
}

function checkedText(text: string, path: string): string {
  if (!NOT_STORABLE.test(text)) return text;
  throw new NotCarried(
    path,
    'a text with U+0000 or half of a surrogate pair, which PostgreSQL does not store',
    'Take it out, or pass the bytes as base64.',
  );
}

function checkedNumber(value: number, path: string): number {
  if (Object.is(value, -0)) throw new NotCarried(path, '`-0`, which JSON would turn into 0', 'Pass 0.');
  if (Number.isFinite(value)) return value;
  throw new NotCarried(path, `\`${value}\`, which JSON would turn into null`, 'Pass a finite number, or null.');
}

/** By what its classes have: instances of those that have data only arrive as plain objects. */
function checkHasDataOnly(record: object, path: string): void {
  for (let level = Reflect.getPrototypeOf(record); level !== null; level = Reflect.getPrototypeOf(level)) {
    if (isOfAllObjects(level)) return;
    if (Reflect.ownKeys(level).some((key) => key !== 'constructor')) {
      throw new NotCarried(path, `${described(record)}, which would arrive as another thing`, adviceFor(record));
    }
  }
}

/** Whether it is the `Object.prototype` of some realm. */
function isOfAllObjects(level: object): boolean {
  return Reflect.getPrototypeOf(level) === null && Object.hasOwn(level, 'isPrototypeOf');
}

/** How many prototypes it has: those of lists have two, in every realm. */
function depthOf(value: object): number {
  let depth = 0;
  for (let level = Reflect.getPrototypeOf(value); level !== null; level = Reflect.getPrototypeOf(level)) depth++;
  return depth;
}
