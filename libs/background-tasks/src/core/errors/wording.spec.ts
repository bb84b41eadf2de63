import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { described, isErrorLike, quoted, wrongValue } from './wording.js';

describe('the errors', () => {
  it('have one grammar for a wrong value', () => {
    const error = wrongValue('timeout', 'milliseconds above 0', -1);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('Expected `timeout` to be milliseconds above 0, got `-1` (number).');
  });
});

describe('a described value', () => {
  it.each<[string, unknown, string]>([
    ['a string', 'now', "`'now'` (string)"],
    ['null', null, '`null` (null)'],
    ['nothing', undefined, '`undefined` (undefined)'],
    ['an object, without what is deep in it', { a: { b: 1 } }, '`{ a: [Object] }` (object)'],
    ['a long array', [1, 2, 3, 4, 5], '`[ 1, 2, 3, ... 2 more items ]` (object)'],
    ['a long string', 'x'.repeat(61), `\`'${'x'.repeat(60)}'... 1 more character\` (string)`],
  ])('is its text and its type: %s', (_, value, text) => {
    expect(described(value)).toBe(text);
  });

  it('stays on one line, however many fields it has', () => {
    const names = Array.from({ length: 30 }, (_, index) => `a field with a long name ${index}`);
    expect(described(Object.fromEntries(names.map((name) => [name, 1])))).not.toContain('\n');
  });
});

describe('what a logger can show by itself', () => {
  it.each<[string, unknown, boolean]>([
    ['an error', new TypeError('boom'), true],
    ['an error of another realm', runInNewContext('new Error("boom")'), true],
    ['an object with a message and no stack', { message: 'boom' }, false],
    ['an object with a stack and no message', { stack: 'here' }, false],
    ['a function that looks like an error', Object.assign(() => undefined, { message: '', stack: '' }), false],
    ['a string', 'boom', false],
    ['null', null, false],
    ['nothing', undefined, false],
  ])('%s: %s', (_, value, isShown) => {
    expect(isErrorLike(value)).toBe(isShown);
  });
});

describe('quoted names', () => {
  it('are in order, each in quotes', () => {
    expect(quoted(new Set(['b', 'a']))).toBe('"b", "a"');
    expect(quoted(['b'])).toBe('"b"');
    expect(quoted([])).toBe('');
  });

  it('are each on one line, and no longer than a line is read', () => {
    expect(quoted(['a\nb\r\t"c"\u001b[31m\u2028\u202e'])).toBe(String.raw`"a\nb\r\t\"c\"\u001b[31m\u2028\u202e"`);
    expect(quoted(['x'.repeat(100), 'x'.repeat(101)])).toBe(
      `"${'x'.repeat(100)}", "${'x'.repeat(100)}… (101 characters)"`,
    );
  });

  it('are fifty at most, and the others are counted', () => {
    const names = Array.from({ length: 52 }, (_, index) => `${index}`);
    expect(quoted(names)).toMatch(/^"0", .*, "49" and 2 more$/);
    expect(quoted(names.slice(0, 50))).toMatch(/, "49"$/);
  });
});
