import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { carriedArguments } from './carried-arguments.js';

const carry = (...args: unknown[]): unknown => JSON.parse(carriedArguments(args, 'Mailer.send'));

class Dto {
  constructor(
    readonly email: string,
    readonly tags: readonly string[],
    readonly nickname?: string,
  ) {}
}
class Account extends Dto {
  readonly isPaid = false;
}
class Money {
  constructor(readonly cents: number) {}
  toJSON(): string {
    return String(this.cents);
  }
}
class Row {
  get id(): number {
    return 1;
  }
}

describe('the arguments of a durable task', () => {
  it.each<[string, unknown[], unknown]>([
    ['plain values', ['a', 1, true, null], ['a', 1, true, null]],
    ['lists and objects', [{ to: ['a', { b: [] }] }], [{ to: ['a', { b: [] }] }]],
    ['an object without a prototype', [Object.assign(Object.create(null), { a: 1 })], [{ a: 1 }]],
    ['an object and a list of another realm', [runInNewContext('({ a: [1] })')], [{ a: [1] }]],
    ['an instance of a class that has data only', [new Dto('a', ['b'])], [{ email: 'a', tags: ['b'] }]],
    ['one of a class that inherits from such', [new Account('a', [])], [{ email: 'a', tags: [], isPaid: false }]],
    ['a property that is undefined, as none', [{ a: 1, b: undefined }], [{ a: 1 }]],
    ['undefined at the end, as none', ['a', undefined, undefined], ['a']],
    ['what occurs twice', [['x'], ['x']], [['x'], ['x']]],
    ['text of all kinds', ['Grüße, 世界 👋 \n\t"\\'], ['Grüße, 世界 👋 \n\t"\\']],
    ['a property called __proto__', [JSON.parse('{"__proto__":1}')], [JSON.parse('{"__proto__":1}')]],
    ['no arguments', [], []],
  ])('carry %s', (_, args, carried) => {
    expect(carry(...args)).toStrictEqual(carried);
  });

  it('carry the same object more than once', () => {
    const shared = { a: 1 };
    expect(carry(shared, [shared, shared])).toEqual([shared, [shared, shared]]);
  });

  it('carry what was looked at, whatever is said when it is looked at again', () => {
    const proxy = new Proxy({ a: 1 }, { get: (_, key) => (key === 'toJSON' ? () => 'another thing' : 2) });
    expect(carry(proxy)).toEqual([{ a: 1 }]);
  });

  it('are copied: what is changed later does not count', () => {
    const dto = { to: ['a'] };
    const carried = carriedArguments([dto], 'send');
    dto.to.push('b');
    expect(JSON.parse(carried)).toEqual([{ to: ['a'] }]);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = [cycle];
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it.each<[string, unknown[], RegExp]>([
    ['a Date', [{ at: new Date(0) }], /argument 1\.at is .*Pass `date\.toISOString\(\)`/],
    ['a Date in a list', [1, { items: [new Date(0)] }], /argument 2\.items\[0\] is .*toISOString/],
    ['an invalid Date', [new Date(Number.NaN)], /argument 1 is /],
    ['a Map', [new Map()], /`\[\.\.\.map\]` or `Object\.fromEntries/],
    ['a Set', [new Set()], /`\[\.\.\.set\]`/],
    ['a Buffer', [Buffer.from('a')], /base64/],
    ['a typed array', [new Float64Array(1)], /base64/],
    ['an ArrayBuffer', [new ArrayBuffer(1)], /base64/],
    ['a URL', [new URL('http://a.b')], /`href`/],
    ['an Error', [new RangeError('a')], /`message`/],
    ['a regular expression', [/a/], /`source`/],
    ['a promise', [Promise.resolve()], /Await it/],
    ['a boxed number', [Object(1)], /valueOf/],
    ['a bigint', [1n], /`String\(value\)`/],
    ['a boxed bigint', [Object(1n)], /valueOf/],
    ['NaN', [Number.NaN], /`NaN`, which JSON would turn into null/],
    ['Infinity', [-Infinity], /`-Infinity`/],
    ['-0', [{ a: -0 }], /argument 1\.a is `-0`, which JSON would turn into 0/],
    [
      'a proxy that answers otherwise than it describes itself',
      [new Proxy({ a: 1 }, { getOwnPropertyDescriptor: () => ({ value: 1n, enumerable: true, configurable: true }) })],
      /argument 1\.a is `1n`/,
    ],
    [
      'methods that come from no class of all objects',
      [Object.create(Object.assign(Object.create(null) as object, { toJSON: () => 'a' }))],
      /argument 1 is /,
    ],
    [
      'more values than anybody waits for',
      [
        Array(26)
          .fill(0)
          .reduce<unknown>((deep) => [deep, deep], 0),
      ],
      /beyond the first 250000 values/,
    ],
    ['a function', [() => undefined], /by their names only/],
    ['a symbol', [Symbol('a')], /description/],
    ['undefined before another', [undefined, 1], /argument 1 is `undefined`.*Pass null/],
    ['undefined in a list', [[1, undefined]], /argument 1\[1\] is `undefined`/],
    ['a hole in a list', [Array(1)], /argument 1\[0\] is `undefined`/],
    ['a list with a property', [/a/.exec('a')], /`\[\.\.\.list\]`/],
    ['a list of a class of its own', [new (class extends Array {})()], /`\[\.\.\.list\]`/],
    ['an instance that has toJSON', [new Money(1)], /`\{ id: user\.id \}`/],
    ['an object that has toJSON', [{ toJSON: () => 1 }], /argument 1\.toJSON is /],
    ['an instance with an accessor', [new Row()], /argument 1 is /],
    [
      'an object with an accessor',
      [
        {
          get a() {
            return 1;
          },
        },
      ],
      /argument 1\.a is no property/,
    ],
    ['a property that JSON leaves out', [Object.defineProperty({}, 'a', { value: 1 })], /argument 1\.a is no property/],
    ['a property named by a symbol', [{ [Symbol('a')]: 1 }], /argument 1\[Symbol\(a\)\] is no property/],
    ['what an object inherits', [Object.create({ a: 1 })], /argument 1 is /],
    ['a cycle', [cycle], /argument 1\.self\[0\] is an object that it is within itself/],
    ['U+0000', ['a\u0000'], /U\+0000/],
    ['half of a surrogate pair', [{ a: 'a\ud800b' }], /argument 1\.a is a text with/],
    ['half of a surrogate pair in a name', [{ 'a\udc00': 1 }], /is a text with/],
    ['no end', [JSON.parse('['.repeat(300) + ']'.repeat(300))], /more than 200 levels deep/],
    ['what cannot be looked at', [revoked.proxy], /cannot be looked at/],
  ])('are refused with %s, with task, place and advice', (_, args, message) => {
    const adding = (): string => carriedArguments(args, 'Mailer.send');
    expect(adding).toThrow(TypeError);
    expect(adding).toThrow('Cannot add the durable task `Mailer.send`: ');
    expect(adding).toThrow(message);
  });

  it('are refused on one line, however long the place', () => {
    expect(() => carriedArguments([{ ['\n'.repeat(1000)]: 1n }], 'a\nb')).toThrow(/^[^\n]{1,900}$/);
  });
});
