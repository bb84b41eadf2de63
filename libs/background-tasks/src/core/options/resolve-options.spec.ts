import { describe, expect, it } from '@jest/globals';
import { Scope } from '@nestjs/common';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { type BackgroundTasksModuleOptions, DEFAULT_OPTIONS } from './background-tasks.options.js';
import { resolveOptions } from './resolve-options.js';

class Tracing implements TaskInterceptor {
  async intercept(_: unknown, next: () => Promise<void>): Promise<void> {
    await next();
  }
}

const resolve = (options: unknown) => () => resolveOptions(options as BackgroundTasksModuleOptions);

describe('the options', () => {
  it('are the defaults where nothing is given', () => {
    expect(resolveOptions({})).toEqual({
      onFailure: 'stop',
      defaults: { runOn: 'success', timeout: Infinity, retries: 0 },
      concurrency: Infinity,
      maxPending: Infinity,
      shutdownTimeout: 10_000,
      slowSyncWarning: 100,
      interceptors: [],
      bind: 'needed',
      waitUntil: undefined,
    });
  });

  it('are what is given', () => {
    const given: BackgroundTasksModuleOptions = {
      onFailure: 'continue',
      defaults: { runOn: 'always', timeout: 5, retries: 2 },
      concurrency: 1,
      maxPending: 1,
      shutdownTimeout: 0,
      slowSyncWarning: 0,
      interceptors: [Tracing],
      bind: 'everywhere',
      waitUntil: () => undefined,
    };
    expect(resolveOptions(given)).toEqual(given);
  });

  it('do not have the scope, which stands beside them', () => {
    expect(() => resolveOptions({ scope: Scope.DEFAULT } as object)).toThrow(
      'Expected `scope` to be beside the factory, not in what it returns, got `0` (number).',
    );
  });

  it('take undefined as not given', () => {
    const nothing = Object.fromEntries(Object.keys(DEFAULT_OPTIONS).map((name) => [name, undefined]));
    expect(resolveOptions(nothing)).toEqual(DEFAULT_OPTIONS);
  });

  it('are read from the getters of a class, too', () => {
    class Options {
      get concurrency(): number {
        return 3;
      }
    }
    expect(resolveOptions(new Options()).concurrency).toBe(3);
  });

  it('give each task the defaults that are not given', () => {
    expect(resolveOptions({ defaults: { timeout: 5, retries: undefined } }).defaults).toEqual({
      runOn: 'success',
      timeout: 5,
      retries: 0,
    });
  });

  it.each<[unknown, string]>([
    ['all', "Expected `options` to be an object, got `'all'` (string)."],
    [null, 'Expected `options` to be an object, got `null` (null).'],
    [
      { timeout: 5 },
      'Expected `options` to be made of `onFailure`, `defaults`, `concurrency`, `maxPending`, `shutdownTimeout`, ' +
        '`slowSyncWarning`, `interceptors`, `bind`, `waitUntil`, got `{ timeout: 5 }` (object). There is no `timeout`. ' +
        'Did you mean `defaults.timeout`?',
    ],
    [undefined, 'Expected `options` to be an object, got `undefined` (undefined).'],
    [{ defaults: null }, 'Expected `defaults` to be an object, got `null` (null).'],
    [{ defaults: 5 }, 'Expected `defaults` to be an object, got `5` (number).'],
    [
      { defaults: { name: 'x' } },
      "Expected `defaults` to be without `name`, which is for one task, got `{ name: 'x' }` (object).",
    ],
    [{ defaults: { timeout: 0 } }, 'Expected `defaults.timeout` to be milliseconds above 0, got `0` (number).'],
  ])('cannot be %p', (options, message) => {
    expect(resolve(options)).toThrow(new TypeError(message));
  });
});
