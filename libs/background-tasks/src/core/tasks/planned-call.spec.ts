import { describe, expect, it } from '@jest/globals';
import { planCall } from './planned-call.js';

class Mailer {
  readonly sender: string = 'us';

  static flush(limit: number): unknown[] {
    return [this, limit];
  }

  send(to: string): unknown[] {
    return [this.sender, to];
  }
}

describe('the call of a function', () => {
  it('is made with its arguments, each time, and without a `this`', () => {
    function send(this: unknown, ...args: unknown[]): unknown[] {
      return [this, ...args];
    }
    const options = {};
    const call = planCall(send, ['ada', options]);
    expect(call.name).toBe('send');
    expect(call.args[1]).toBe(options);
    for (const made of [call.make(), call.make()]) expect(made).toStrictEqual([undefined, 'ada', options]);
  });

  it('has no name where the function has none', () => {
    expect(planCall(() => undefined, []).name).toBeUndefined();
  });

  it('is that of the function where its first argument could be the name of a method', () => {
    const joined = (...args: unknown[]): string => args.join();
    expect(planCall(joined, ['call', 'x']).make()).toBe('call,x');
  });

  it.each<[string, () => unknown]>([
    ['which is a method called `class`', { class: () => 'class' }.class],
    ['which is a shorthand method called `class`', { class(this: void): void {} }.class],
    ['whose prototype is fixed', fixed(function speakOf() {})],
    ['whose prototype is fixed, and which speaks of a class', fixed(() => 'class X {}')],
  ])('is that of a function %s', (_, fn) => {
    expect(planCall(fn, ['name']).name).toBe(fn.name || undefined);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, '`undefined` (undefined)'],
    ['an object', {}, '`{}` (object)'],
    ['a class', Mailer, '`[class Mailer]` (function)'],
    [
      'a class that describes itself',
      class {
        static toString = () => 'function';
      },
      '(function)',
    ],
  ])('cannot be planned for %s', (_, target, description) => {
    expect(() => planCall(target, [])).toThrow(TypeError);
    expect(() => planCall(target, [])).toThrow('Cannot make a background task of ');
    expect(() => planCall(target, [])).toThrow(
      `${description}: it is no function. Pass the function and then its ` +
        "arguments, as in (send, email) and not (send(email)), or a target and a method, as in (mailer, 'send', email).",
    );
  });

  it('cannot be planned for a text, with or without a method', () => {
    expect(() => planCall('mailer', ['trim'])).toThrow("Cannot make a background task of `'mailer'` (string)");
    expect(() => planCall(null, ['send'])).toThrow('Cannot make a background task of `null` (null)');
  });
});

describe('the call of a method', () => {
  it('is made on its target, with the arguments after its name', () => {
    const call = planCall(new Mailer(), ['send', 'ada']);
    expect(call.name).toBe('Mailer.send');
    expect(call.args).toStrictEqual(['ada']);
    expect(call.make()).toStrictEqual(['us', 'ada']);
  });

  it('is that of the method which the target has now', () => {
    const mailer = new Mailer();
    const call = planCall(mailer, ['send', 'ada']);
    mailer.send = () => [];
    expect(call.make()).toStrictEqual(['us', 'ada']);
  });

  it('may be static', () => {
    const call = planCall(Mailer, ['flush', 7]);
    expect(call.name).toBe('Mailer.flush');
    expect(call.make()).toStrictEqual([Mailer, 7]);
  });

  it('may have a symbol for its name, and a target without a class', () => {
    const key = Symbol('send');
    const target = Object.assign(Object.create(null) as object, { [key]: () => 'sent' });
    const call = planCall(target, [key]);
    expect(call.name).toBe('Object.Symbol(send)');
    expect(call.make()).toBe('sent');
  });

  it.each([
    ['sned', '`Mailer.sned`: it is `undefined` (undefined)'],
    ['sender', "`Mailer.sender`: it is `'us'` (string)"],
  ])('cannot be planned for what is none: %s', (key, what) => {
    expect(() => planCall(new Mailer(), [key])).toThrow(
      new TypeError(
        `Cannot make a background task of ${what}, no method. Pass the target and the name of one of its methods.`,
      ),
    );
  });
});

/** A function whose prototype cannot be replaced, as that of a class. */
function fixed<T extends () => unknown>(fn: T): T {
  return Object.defineProperty(fn, 'prototype', { value: {}, writable: false });
}

describe('the name of a call', () => {
  it.each<[unknown]>([[Symbol('send')], [5], [{}], ['']])('is none where it is no text: %p', (value) => {
    expect(
      planCall(
        Object.defineProperty(() => undefined, 'name', { value }),
        [],
      ).name,
    ).toBeUndefined();
    class Named {
      send(): void {}
    }
    Object.defineProperty(Named, 'name', { value });
    expect(planCall(new Named(), ['send']).name).toBe('Object.send');
  });

  it('is told in a message on one line, and not too long', () => {
    expect(() => planCall({}, [`a\n${'x'.repeat(200)}`])).toThrow(/`Object\.a\\nx{91}… \(209 characters\)`/);
    expect(() => planCall({}, [{ toString: () => 'send' }])).toThrow('no method');
  });
});
