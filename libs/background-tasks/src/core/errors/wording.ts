import { inspect } from 'node:util';
import { lookAt } from './safely.js';

/** How much of what users wrote goes into a line: of a name, of a value, and how many names. */
const LONGEST_NAME = 100;
const LONGEST_VALUE = 300;
const MOST_NAMES = 50;

/** What breaks a line, or what a terminal obeys. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const SHORT = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/** The one grammar of a wrong value: what was expected, and what came. */
export function wrongValue(what: string, expected: string, value: unknown): TypeError {
  return new TypeError(`Expected \`${what}\` to be ${expected}, got ${described(value)}.`);
}

/** A value and its type, short enough for one line of a message, also where it cannot be looked at. */
export function described(value: unknown): string {
  const type = value === null ? 'null' : typeof value;
  const text = lookAt(() => inspected(value), undefined);
  return text === undefined
    ? `something that cannot be shown (${type})`
    : `\`${onOneLine(text, LONGEST_VALUE)}\` (${type})`;
}

function inspected(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 3 });
}

/** `text` on one line, and no more than `longest` characters of it. */
export function onOneLine(text: string, longest: number): string {
  return bounded(text, longest).replace(CONTROL, (character) => SHORT.get(character) ?? escaped(character));
}

function escaped(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `text`, and no more than `longest` characters of it. */
export function bounded(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}

/** How a task is called, also by a class of a user's own whose `name` is no string, or throws. */
export function nameOf(task: { readonly name: unknown }): string {
  // not by lookAt(): this is asked of every task
  try {
    return String(task.name);
  } catch {
    return 'anonymous';
  }
}

/** A name for a message: on one line, and not too long. */
export function shown(name: string): string {
  return onOneLine(name, LONGEST_NAME);
}

/** How many of a kind, in words. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** Names for a message: quoted, in order, and not too many. */
export function quoted(names: Iterable<string>, most = MOST_NAMES): string {
  const all = [...names];
  const some = all.slice(0, most).map((name) => `"${shown(name).replaceAll('"', String.raw`\"`)}"`);
  const more = all.length - some.length;
  return more > 0 ? `${some.join(', ')} and ${more} more` : some.join(', ');
}
