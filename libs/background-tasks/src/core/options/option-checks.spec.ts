import { describe, expect, it } from '@jest/globals';
import { Scope } from '@nestjs/common';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import type { BackgroundTasksModuleOptions } from './background-tasks.options.js';
import { checkAsyncKeys, checkExtras, checkInterceptor, checkRootKeys } from './option-checks.js';
import { resolveOptions } from './resolve-options.js';

class Tracing implements TaskInterceptor {
  async intercept(_: unknown, next: () => Promise<void>): Promise<void> {
    await next();
  }
}

const resolve = (options: unknown) => () => resolveOptions(options as BackgroundTasksModuleOptions);

describe('the options', () => {
  it.each<[unknown, string]>([
    [{ onFailure: 'go' }, "Expected `onFailure` to be `stop` or `continue`, got `'go'` (string)."],
    [{ concurrency: 0 }, 'Expected `concurrency` to be a whole number above 0, got `0` (number).'],
    [{ concurrency: 1.5 }, 'Expected `concurrency` to be a whole number above 0, got `1.5` (number).'],
    [{ maxPending: 0 }, 'Expected `maxPending` to be a whole number above 0, got `0` (number).'],
    [{ maxPending: '1' }, "Expected `maxPending` to be a whole number above 0, got `'1'` (string)."],
    [{ shutdownTimeout: -1 }, 'Expected `shutdownTimeout` to be milliseconds from 0, got `-1` (number).'],
    [{ shutdownTimeout: NaN }, 'Expected `shutdownTimeout` to be milliseconds from 0, got `NaN` (number).'],
    [{ slowSyncWarning: '1' }, "Expected `slowSyncWarning` to be milliseconds from 0, got `'1'` (string)."],
    [{ bind: 'nowhere' }, "Expected `bind` to be `needed` or `everywhere`, got `'nowhere'` (string)."],
    [{ waitUntil: true }, 'Expected `waitUntil` to be a function, got `true` (boolean).'],
    [{ interceptors: Tracing }, 'Expected `interceptors` to be an array of classes, got `[class Tracing]` (function).'],
    [
      { interceptors: [Tracing, new Tracing()] },
      'Expected `interceptors[1]` to be a class, for Nest to resolve, got `Tracing {}` (object).',
    ],
    [
      { interceptors: [() => undefined] },
      'Expected `interceptors[0]` to be a class, for Nest to resolve, got `[Function (anonymous)]` (function).',
    ],
    [
      { interceptors: [function* rows() {}] },
      'Expected `interceptors[0]` to be a class, for Nest to resolve, got `[GeneratorFunction: rows]` (function).',
    ],
    [{ onFailure: null }, 'Expected `onFailure` to be `stop` or `continue`, got `null` (null).'],
    [{ concurrency: null }, 'Expected `concurrency` to be a whole number above 0, got `null` (null).'],
    [{ maxPending: null }, 'Expected `maxPending` to be a whole number above 0, got `null` (null).'],
    [{ shutdownTimeout: null }, 'Expected `shutdownTimeout` to be milliseconds from 0, got `null` (null).'],
    [{ slowSyncWarning: null }, 'Expected `slowSyncWarning` to be milliseconds from 0, got `null` (null).'],
    [{ interceptors: null }, 'Expected `interceptors` to be an array of classes, got `null` (null).'],
    [{ bind: null }, 'Expected `bind` to be `needed` or `everywhere`, got `null` (null).'],
    [{ waitUntil: null }, 'Expected `waitUntil` to be a function, got `null` (null).'],
  ])('cannot be %p', (options, message) => {
    expect(resolve(options)).toThrow(new TypeError(message));
  });
});

describe('an interceptor that Nest has made', () => {
  it.each([new Tracing(), { intercept: () => undefined }])('can be %p', (made) => {
    expect(() => checkInterceptor(made, 0)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [{}, '`{}` (object)'],
    [null, '`null` (null)'],
    [{ intercept: true }, '`{ intercept: true }` (object)'],
  ])('cannot be %p', (made, shown) => {
    expect(() => checkInterceptor(made, 1)).toThrow(
      new TypeError(`Expected \`interceptors[1]\` to be a class whose instances have \`intercept()\`, got ${shown}.`),
    );
  });
});

describe('what stands beside the options', () => {
  it.each([{}, { scope: undefined }, { scope: Scope.REQUEST as const }, { scope: Scope.DEFAULT as const }])(
    'can be %p',
    (extras) => {
      expect(() => checkExtras(extras)).not.toThrow();
    },
  );

  it.each<[unknown, string]>([
    [null, 'Expected `options` to be an object, got `null` (null).'],
    [
      { scope: Scope.TRANSIENT },
      `Expected \`scope\` to be \`Scope.REQUEST\` or \`Scope.DEFAULT\`, got \`${Scope.TRANSIENT}\` (number).`,
    ],
  ])('cannot be %p', (extras, message) => {
    expect(() => checkExtras(extras as never)).toThrow(new TypeError(message));
  });
});

describe('what forRoot() takes', () => {
  it('has the scope among its options', () => {
    expect(() => checkRootKeys({ scope: Scope.DEFAULT, onFailure: 'stop', defaults: {} })).not.toThrow();
    expect(() => checkRootKeys({ scopes: 1 })).toThrow(
      new TypeError(
        'Expected `options` to be made of `onFailure`, `defaults`, `concurrency`, `maxPending`, `shutdownTimeout`, ' +
          '`slowSyncWarning`, `interceptors`, `bind`, `waitUntil`, `scope`, got `{ scopes: 1 }` (object). There is no `scopes`. ' +
          'Did you mean `scope`?',
      ),
    );
  });

  it.each([
    ['concurency', 'concurrency'],
    ['shutdownTimeoutMs', 'shutdownTimeout'],
    ['retries', 'defaults.retries'],
  ])('is guessed: %s', (wrong, meant) => {
    expect(() => checkRootKeys({ [wrong]: 1 })).toThrow(`There is no \`${wrong}\`. Did you mean \`${meant}\`?`);
  });
});

describe('what forRootAsync() takes', () => {
  it.each([
    { useFactory: () => ({}) },
    { useClass: Tracing, scope: Scope.DEFAULT },
    { useExisting: Tracing, imports: [], inject: [], provideInjectionTokensFrom: [] },
  ])('can be %p', (options) => {
    expect(() => checkAsyncKeys(options)).not.toThrow();
  });

  it.each<[object, string]>([
    [{ useFactroy: 1 }, 'There is no `useFactroy`. Did you mean `useFactory`?'],
    [{ useFactory: 1, onFailure: 'stop' }, 'There is no `onFailure`.'],
    [{ useFactory: null }, 'Expected `useFactory` to be a function, got `null` (null).'],
    [{ useFactory: { concurrency: 1 } }, 'Expected `useFactory` to be a function, got `{ concurrency: 1 }` (object).'],
    [{ useClass: 'Options' }, "Expected `useClass` to be a class, got `'Options'` (string)."],
    [{}, 'Expected `options` to be made by `useFactory`, `useClass` or `useExisting`, got `{}` (object).'],
  ])('cannot be %p', (options, message) => {
    expect(() => checkAsyncKeys(options)).toThrow(message);
  });
});
