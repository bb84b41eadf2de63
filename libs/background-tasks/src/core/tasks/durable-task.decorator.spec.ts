import { describe, expect, it } from '@jest/globals';
import {
  durableMethodsOf,
  durableNameOf,
  DurableTask,
  hasDurableMethods,
  nameOfDurableFunction,
} from './durable-task.decorator.js';

const KEY = Symbol('key');

class Mailer {
  @DurableTask('mail.send')
  send(): void {}

  @DurableTask('mail.symbol')
  [KEY](): void {}

  @DurableTask('mail.number')
  7(): void {}

  plain(): void {}
}

class Inherits extends Mailer {}

class Overrides extends Mailer {
  override send(): void {}
}

class Renames extends Mailer {
  @DurableTask('mail.other')
  override send(): void {}
}

describe('@DurableTask()', () => {
  it('names a method, by text, symbol or number', () => {
    const mailer = new Mailer();
    expect(hasDurableMethods()).toBe(true);
    expect(durableNameOf(mailer, 'send')).toBe('mail.send');
    expect(durableNameOf(mailer, KEY)).toBe('mail.symbol');
    expect(durableNameOf(mailer, 7)).toBe('mail.number');
    expect(durableNameOf(mailer, 'plain')).toBeUndefined();
    expect(durableNameOf(mailer, 'toString')).toBeUndefined();
    expect(durableNameOf(mailer, 'nothing')).toBeUndefined();
  });

  it('is inherited, and not by what overrides the method without it', () => {
    expect(durableNameOf(new Inherits(), 'send')).toBe('mail.send');
    expect(durableNameOf(new Overrides(), 'send')).toBeUndefined();
    expect(durableNameOf(new Renames(), 'send')).toBe('mail.other');
    expect(durableNameOf(Object.assign(new Mailer(), { send: () => undefined }), 'send')).toBeUndefined();
    expect([...durableMethodsOf(Renames.prototype).values()].toSorted()).toEqual([
      'mail.number',
      'mail.other',
      'mail.symbol',
    ]);
    expect([...durableMethodsOf(Overrides.prototype).keys()]).not.toContain('send');
    expect(durableMethodsOf({})).toEqual(new Map());
  });

  it('stays where another decorator has put another function', () => {
    const original = Reflect.get(Mailer.prototype, 'plain');
    class Wrapped {
      @DurableTask('wrapped')
      send(): void {}
    }
    const own = Reflect.get(Wrapped.prototype, 'send');
    Object.defineProperty(Wrapped.prototype, 'send', { value: original, configurable: true });
    expect(durableNameOf(new Wrapped(), 'send')).toBe('wrapped');
    expect(nameOfDurableFunction(own)).toBe('wrapped');
    expect(nameOfDurableFunction(original)).toBeUndefined();
  });

  it.each([undefined, '', 1, 'a\nb', 'a\u0000', 'a\ud800', 'x'.repeat(256)])(
    'refuses a name that no store can keep: %p',
    (name) => {
      expect(() => DurableTask(name as never)).toThrow(
        /^Expected `name` to be a text of 1 to 255 characters, on one line, got /,
      );
    },
  );

  it.each<[string, () => void]>([
    ['a static method', () => DurableTask('a')(Mailer, 'send', { value: () => undefined })],
    ['a property', () => DurableTask('a')({}, 'send', undefined as never)],
    ['an accessor', () => DurableTask('a')({}, 'send', { get: () => () => undefined })],
    [
      'a decorator of another kind',
      () => DurableTask('a')(() => undefined, { kind: 'method' } as never, undefined as never),
    ],
  ])('refuses %s', (_, decorate) => {
    expect(decorate).toThrow(/the durable task `a`: @DurableTask\(\) is for a method that instances have/);
  });
});
