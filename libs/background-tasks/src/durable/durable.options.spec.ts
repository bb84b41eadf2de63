import { describe, expect, it } from '@jest/globals';
import { type DurableTasksOptions, resolveDurableOptions } from './durable.options.js';

const ENGINE = { lease: 8000, checkEvery: 3000, shortestLease: 100, options: ['connection', 'backend'] };

const resolve = (given: unknown): ReturnType<typeof resolveDurableOptions> =>
  resolveDurableOptions(given as DurableTasksOptions, ENGINE);

describe('the options of an engine', () => {
  it('are these, where nothing is said', () => {
    expect(resolve({})).toEqual({
      worker: true,
      queue: 'background-tasks',
      concurrency: 10,
      defaults: { retries: 3, timeout: 900_000 },
      hold: 30_000,
      submitTimeout: 2000,
      startTimeout: 10_000,
      lease: 8000,
      checkEvery: 3000,
      maxCrashes: 10,
      maxPayload: 262_144,
      keepCompleted: { age: 3_600_000, count: 1000 },
      keepFailed: { age: 2_592_000_000 },
      carry: undefined,
    });
  });

  it('are those that are given, and what is undefined is not', () => {
    const carry = (): Record<string, string> => ({});
    const given = {
      worker: false,
      queue: 'a.B-9_',
      concurrency: 1,
      hold: 4,
      submitTimeout: 2,
      startTimeout: 0.5,
      lease: 100,
      checkEvery: 1,
      maxCrashes: 1,
      maxPayload: 1,
      keepCompleted: { age: 1, count: 0 },
      keepFailed: {},
      carry,
      connection: 'redis://',
    };
    const defaults = { retries: 3, timeout: 900_000 };
    expect(resolve(given)).toEqual({ ...given, defaults });
    expect(resolve({ queue: undefined, lease: undefined, defaults: undefined, carry: undefined })).toEqual(resolve({}));
  });

  it('have defaults for steps, each by itself', () => {
    expect(resolve({ defaults: { retries: 0 } }).defaults).toEqual({ retries: 0, timeout: 900_000 });
    expect(resolve({ defaults: { timeout: Infinity } }).defaults).toEqual({ retries: 3, timeout: Infinity });
    expect(resolve({ defaults: { retries: { retries: 2, factor: 1 } } }).defaults.retries).toEqual({
      retries: 2,
      factor: 1,
    });
  });

  it.each([undefined, null, 7, 'redis://'])('are an object, and %p is none', (given) => {
    expect(() => resolve(given)).toThrow('Expected `options` to be an object');
  });

  it('have no other names than these, and those of the engine; a connection is not shown', () => {
    expect(() => resolve({ concurency: 1 })).toThrow('Did you mean `concurrency`?');
    expect(() => resolve({ checkEvry: 1 })).toThrow('Did you mean `checkEvery`?');
    expect(() => resolve({ leas: 1 })).toThrow('Did you mean `lease`?');
    expect(() => resolve({ backend: 'redis' })).not.toThrow();
    expect(() => resolve({ schema: 'own' })).toThrow('schema');
    const wrong = { connection: 'redis://:secret@host', schema: 'own' };
    expect(() => resolve(wrong)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
  });

  it.each(['hold', 'submitTimeout', 'startTimeout', 'lease', 'checkEvery'])('have milliseconds as %s', (name) => {
    for (const value of [0, -1, Infinity, NaN, '5', null]) {
      expect(() => resolve({ [name]: value })).toThrow(`Expected \`${name}\` to be milliseconds above 0`);
    }
  });

  it.each(['concurrency', 'maxCrashes', 'maxPayload'])('have a count as %s', (name) => {
    for (const value of [0, -1, 1.5, Infinity, '5', null]) {
      expect(() => resolve({ [name]: value })).toThrow(`Expected \`${name}\` to be a whole number above 0`);
    }
  });

  it('have a hold that outlasts two attempts to store', () => {
    expect(() => resolve({ hold: 3999 })).toThrow(
      'Expected `hold` to be at least twice `submitTimeout`, 4000 ms, got `3999`',
    );
    expect(() => resolve({ hold: 4000 })).not.toThrow();
  });

  it('have no shorter lease than the engine can keep', () => {
    expect(() => resolve({ lease: 99 })).toThrow('Expected `lease` to be at least 100 milliseconds, got `99`');
  });

  it.each([0, 'yes', null])('have true or false as worker, not %p', (worker) => {
    expect(() => resolve({ worker })).toThrow('Expected `worker` to be `true` or `false`');
  });

  it.each(['', 'a b', 'a:b', 'ä', 'x'.repeat(51), 'a\n', 7, null])('have a plain name as queue, not %p', (queue) => {
    expect(() => resolve({ queue })).toThrow('Expected `queue` to be a name of at most 50 letters, digits, dots');
    expect(() => resolve({ queue: 'x'.repeat(50) })).not.toThrow();
  });

  it.each([null, 'tenant', {}])('have a function as carry, not %p', (carry) => {
    expect(() => resolve({ carry })).toThrow('Expected `carry` to be a function');
  });

  it.each(['keepCompleted', 'keepFailed'])('have an object as %s', (name) => {
    for (const value of [null, 5]) {
      expect(() => resolve({ [name]: value })).toThrow(`Expected \`${name}\` to be an object`);
    }
    expect(() => resolve({ [name]: { aeg: 1 } })).toThrow('Did you mean `age`?');
    expect(() => resolve({ [name]: { coun: 1 } })).toThrow('Did you mean `count`?');
    for (const age of [0, Infinity, '1']) {
      expect(() => resolve({ [name]: { age } })).toThrow(`Expected \`${name}.age\` to be milliseconds above 0`);
    }
    for (const count of [-1, 1.5, Infinity]) {
      expect(() => resolve({ [name]: { count } })).toThrow(`Expected \`${name}.count\` to be a whole number from 0`);
    }
    expect(() => resolve({ [name]: { age: undefined, count: undefined } })).not.toThrow();
  });

  it.each([null, 5])('have an object as defaults, not %p', (defaults) => {
    expect(() => resolve({ defaults })).toThrow('Expected `defaults` to be an object');
  });

  it('have no runOn among the defaults, nothing that is wrong for a task, and nothing that cannot travel', () => {
    expect(() => resolve({ defaults: { runOn: 'always' } })).toThrow(
      'Expected `defaults` to be without `runOn`: that of BackgroundTasksModule holds',
    );
    expect(() => resolve({ defaults: { timeout: -1 } })).toThrow('timeout');
    expect(() => resolve({ defaults: { retry: 1 } })).toThrow('Did you mean `retries`?');
    const shouldRetry = (): boolean => true;
    expect(() => resolve({ defaults: { retries: { retries: 1, shouldRetry } } })).toThrow('shouldRetry');
  });
});
