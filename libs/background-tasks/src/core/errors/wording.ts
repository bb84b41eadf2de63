import { inspect } from 'node:util';
import { oneLine } from './one-line.js';

/** The one grammar of a wrong value: what was expected, and what came. */
export function wrongValue(what: string, expected: string, value: unknown): TypeError {
  return new TypeError(`Expected \`${what}\` to be ${expected}, got ${described(value)}.`);
}

/** A value and its type, short enough for one line of a message. */
export function described(value: unknown): string {
  const type = value === null ? 'null' : typeof value;
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 3 });
  return `\`${text}\` (${type})`;
}

/** Whether a logger can show `value` by itself: by shape, as errors of another realm are no `Error` of this one. */
export function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

/** Names for a message, each fit for a line, quoted and in order. */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => `"${oneLine(name)}"`).join(', ');
}
