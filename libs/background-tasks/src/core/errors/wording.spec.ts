import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { counted, described, nameOf, quoted, wrongValue } from './wording.js';

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

describe('a described value that cannot be looked at', () => {
  it.each<[string, object, string]>([
    ['a revoked proxy', revoked(), '`<Revoked Proxy>` (object)'],
    // Node itself does not call its traps, and says so from version 26 on
    ['a proxy that refuses everything', hostile(), `\`${inspect(hostile())}\` (object)`],
    ['whose inspect throws', { [inspect.custom]: explode }, 'something that cannot be shown (object)'],
    ['without a prototype', Object.create(null), '`[Object: null prototype] {}` (object)'],
  ])('is told from others by its type: %s', (_, value, text) => {
    expect(described(value)).toBe(text);
  });

  it('is short and on one line, whatever its inspect returns', () => {
    const text = described({ [inspect.custom]: () => `line\n${'x'.repeat(1000)}` });
    expect(text).toBe(`\`line\\n${'x'.repeat(295)}… (1005 characters)\` (object)`);
  });
});

describe('a count', () => {
  it('is in words, one or many', () => {
    expect([0, 1, 2].map((count) => counted(count, 'handler'))).toEqual(['0 handlers', '1 handler', '2 handlers']);
  });
});

describe('the first names', () => {
  it('are all up to so many, and then a number', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    expect(quoted(names, 5)).toBe('"a", "b", "c", "d", "e"');
    expect(quoted([...names, 'f', 'g'], 5)).toBe('"a", "b", "c", "d", "e" and 2 more');
  });
});

describe('quoted names', () => {
  it('are in order, each in quotes', () => {
    expect(quoted(new Set(['b', 'a']))).toBe('"b", "a"');
    expect(quoted(['b'])).toBe('"b"');
    expect(quoted([])).toBe('');
  });

  it('stay on their line, and within their quotes', () => {
    expect(quoted(['a\nb\r\t"c"\u001b[31m\u2028\u202e'])).toBe(String.raw`"a\nb\r\t\"c\"\u001b[31m\u2028\u202e"`);
  });

  it('are cut where they are long, and counted where they are many', () => {
    expect(quoted(['x'.repeat(200_000)])).toBe(`"${'x'.repeat(100)}… (200000 characters)"`);
    const names = quoted(Array.from({ length: 87 }, (_, index) => `n${index}`));
    expect(names).toMatch(/^"n0", "n1", .* "n49" and 37 more$/);
  });
});

describe('the name of a task', () => {
  it.each<[string, object, string]>([
    ['a string', { name: 'send' }, 'send'],
    ['a symbol', { name: Symbol('send') }, 'Symbol(send)'],
    [
      'what cannot be read',
      {
        get name() {
          return explode();
        },
      },
      'anonymous',
    ],
    ['what has no text', { name: Object.create(null) }, 'anonymous'],
  ])('may be %s', (_, task, name) => {
    expect(nameOf(task as { name: unknown })).toBe(name);
  });
});

function explode(): never {
  throw new Error('on purpose');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** A proxy all of whose traps throw. */
function hostile(): object {
  return new Proxy({}, new Proxy({}, { get: () => explode }));
}
