import { describe, expect, it } from '@jest/globals';
import { checkKnown, checkTaskOptions, isCount } from './task-options.js';

const check = (options: object) => (): void => checkTaskOptions(options);

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('the options of a task', () => {
  it.each<object>([
    {},
    { name: undefined, runOn: undefined, timeout: undefined, retries: undefined },
    { name: 'welcome' },
    { runOn: 'success' },
    { runOn: 'failure' },
    { runOn: 'always' },
    { timeout: 0.1 },
    { timeout: Infinity },
    { retries: 0 },
    { retries: Infinity },
    { retries: {} },
    { retries: { retries: undefined, factor: undefined } },
    { retries: { retries: 3, factor: 0, minTimeout: 0, maxTimeout: 0, maxRetryTime: 0 } },
    { retries: { maxTimeout: Infinity, unref: true } },
    { retries: { randomize: undefined, unref: undefined, onFailedAttempt: undefined, shouldRetry: undefined } },
    { retries: { randomize: false, onFailedAttempt: () => undefined, shouldRetry: () => true } },
  ])('can be %p', (options) => {
    expect(check(options)).not.toThrow();
  });

  it.each<[object, string]>([
    [{ name: '' }, "Expected `name` to be a string that is not empty, got `''` (string)."],
    [{ name: 7 }, 'Expected `name` to be a string that is not empty, got `7` (number).'],
    [{ runOn: 'never' }, "Expected `runOn` to be `success`, `failure` or `always`, got `'never'` (string)."],
    [{ timeout: 0 }, 'Expected `timeout` to be milliseconds above 0, got `0` (number).'],
    [{ timeout: NaN }, 'Expected `timeout` to be milliseconds above 0, got `NaN` (number).'],
    [{ timeout: '5' }, "Expected `timeout` to be milliseconds above 0, got `'5'` (string)."],
    [{ retries: -1 }, 'Expected `retries` to be a whole number from 0, or the options of p-retry, got `-1` (number).'],
    [
      { retries: null },
      'Expected `retries` to be a whole number from 0, or the options of p-retry, got `null` (null).',
    ],
    [
      { retries: '3' },
      "Expected `retries` to be a whole number from 0, or the options of p-retry, got `'3'` (string).",
    ],
    [{ retries: { retries: 0.5 } }, 'Expected `retries.retries` to be a whole number from 0, got `0.5` (number).'],
    [{ retries: { factor: -1 } }, 'Expected `retries.factor` to be a finite number from 0, got `-1` (number).'],
    [
      { retries: { factor: Infinity } },
      'Expected `retries.factor` to be a finite number from 0, got `Infinity` (number).',
    ],
    [
      { retries: { minTimeout: Infinity } },
      'Expected `retries.minTimeout` to be a finite number from 0, got `Infinity` (number).',
    ],
    [
      { retries: { forever: true } },
      'Expected `retries` to be made of `retries`, `randomize`, `unref`, `onFailedAttempt`, `shouldRetry`, ' +
        '`shouldConsumeRetry`, `factor`, `minTimeout`, `maxTimeout`, `maxRetryTime`, got `{ forever: true }` (object). ' +
        'There is no `forever`.',
    ],
    [
      { retries: { minTimeout: NaN } },
      'Expected `retries.minTimeout` to be a finite number from 0, got `NaN` (number).',
    ],
    [{ retries: { maxTimeout: '9' } }, "Expected `retries.maxTimeout` to be a number from 0, got `'9'` (string)."],
    [{ retries: { randomize: 1 } }, 'Expected `retries.randomize` to be `true` or `false`, got `1` (number).'],
    [{ retries: { unref: null } }, 'Expected `retries.unref` to be `true` or `false`, got `null` (null).'],
    [{ retries: { shouldRetry: 'yes' } }, "Expected `retries.shouldRetry` to be a function, got `'yes'` (string)."],
    [{ retries: { onFailedAttempt: {} } }, 'Expected `retries.onFailedAttempt` to be a function, got `{}` (object).'],
    [
      { retries: { shouldConsumeRetry: false } },
      'Expected `retries.shouldConsumeRetry` to be a function, got `false` (boolean).',
    ],
    [{ retries: { maxRetryTime: -1 } }, 'Expected `retries.maxRetryTime` to be a number from 0, got `-1` (number).'],
    [
      { name: 'welcome', delay: 3 },
      'Expected `options` to be made of `name`, `runOn`, `timeout`, `retries`, ' +
        "got `{ name: 'welcome', delay: 3 }` (object). There is no `delay`.",
    ],
  ])('cannot be %p', (options, message) => {
    expect(check(options)).toThrow(new TypeError(message));
  });
});

describe('the options of all tasks', () => {
  const checkAll = (options: object) => (): void => checkTaskOptions(options, 'defaults');

  it.each<[object, string]>([
    [{ timeout: -1 }, 'Expected `defaults.timeout` to be milliseconds above 0, got `-1` (number).'],
    [{ runOn: 'end' }, "Expected `defaults.runOn` to be `success`, `failure` or `always`, got `'end'` (string)."],
    [
      { retries: { factor: '2' } },
      "Expected `defaults.retries.factor` to be a finite number from 0, got `'2'` (string).",
    ],
    [
      { retries: { retries: -1 } },
      'Expected `defaults.retries.retries` to be a whole number from 0, got `-1` (number).',
    ],
    [
      { timout: 5 },
      'Expected `defaults` to be made of `runOn`, `timeout`, `retries`, got `{ timout: 5 }` (object). ' +
        'There is no `timout`. Did you mean `timeout`?',
    ],
  ])('are named with where they stand: %p', (options, message) => {
    expect(checkAll(options)).toThrow(new TypeError(message));
  });

  it('name no unknown options of retries by another name', () => {
    expect(checkAll({ retries: { facter: 2 } })).toThrow(/^Expected `defaults\.retries` .* Did you mean `factor`\?$/);
  });
});

describe('fields that are known', () => {
  it('may be all there, or none', () => {
    expect(() => checkKnown('it', { a: 1, b: 2 }, ['a', 'b'])).not.toThrow();
    expect(() => checkKnown('it', {}, ['a', 'b'])).not.toThrow();
  });

  it('are listed when there is another', () => {
    expect(() => checkKnown('it', { a: 1, c: 3 }, ['a', 'b'])).toThrow(
      new TypeError('Expected `it` to be made of `a`, `b`, got `{ a: 1, c: 3 }` (object). There is no `c`.'),
    );
  });

  it('are guessed, also where they belong further inside', () => {
    const check = (key: string) => () => checkKnown('it', { [key]: 1 }, ['first', 'second'], ['inner.third']);
    expect(check('frist')).toThrow('There is no `frist`. Did you mean `first`?');
    expect(check('third')).toThrow('There is no `third`. Did you mean `inner.third`?');
    expect(check('ird')).toThrow(/There is no `ird`\.$/);
  });

  it.each<[unknown, string]>([
    [null, 'Expected `it` to be an object, got `null` (null).'],
    ['text', "Expected `it` to be an object, got `'text'` (string)."],
    [revoked(), 'Expected `it` to be an object whose fields can be read, got'],
  ])('are those of an object that can be read', (options, message) => {
    expect(() => checkKnown('it', options as object, [])).toThrow(TypeError);
    expect(() => checkKnown('it', options as object, [])).toThrow(message);
  });
});

describe('a count', () => {
  it.each<[unknown, boolean]>([
    [0, true],
    [1, true],
    [Infinity, true],
    [-1, false],
    [-Infinity, false],
    [0.5, false],
    [NaN, false],
    ['1', false],
    [null, false],
    [undefined, false],
  ])('%p: %p', (value, isOne) => {
    expect(isCount(value)).toBe(isOne);
  });
});
