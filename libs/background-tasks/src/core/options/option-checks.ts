import { Scope } from '@nestjs/common';
import { lookAt } from '../errors/safely.js';
import { wrongValue } from '../errors/wording.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { checkKnown, isCount } from '../tasks/task-options.js';
import {
  type BackgroundTasksModuleExtras,
  EXTRAS,
  NESTED_OPTIONS,
  OPTIONS,
  type ResolvedOptions,
} from './background-tasks.options.js';

/** @throws TypeError when there are no options to read. */
export function checkObject(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw wrongValue('options', 'an object', options);
}

/** @throws TypeError for a value that an option cannot have. */
export function checkOptions({ onFailure, concurrency, maxPending, ...rest }: ResolvedOptions): void {
  if (onFailure !== 'stop' && onFailure !== 'continue') {
    throw wrongValue('onFailure', '`stop` or `continue`', onFailure);
  }
  if (!isCount(concurrency) || concurrency === 0)
    throw wrongValue('concurrency', 'a whole number above 0', concurrency);
  if (!isCount(maxPending) || maxPending === 0) throw wrongValue('maxPending', 'a whole number above 0', maxPending);
  for (const name of ['shutdownTimeout', 'slowSyncWarning'] as const) {
    const value: unknown = rest[name];
    if (typeof value !== 'number' || !(value >= 0)) throw wrongValue(name, 'milliseconds from 0', value);
  }
  if (rest.bind !== 'needed' && rest.bind !== 'everywhere') {
    throw wrongValue('bind', '`needed` or `everywhere`', rest.bind);
  }
  checkInterceptors(rest.interceptors);
  const waitUntil: unknown = rest.waitUntil;
  if (waitUntil !== undefined && typeof waitUntil !== 'function')
    throw wrongValue('waitUntil', 'a function', waitUntil);
}

function checkInterceptors(interceptors: unknown): void {
  if (!Array.isArray(interceptors)) throw wrongValue('interceptors', 'an array of classes', interceptors);
  interceptors.forEach((interceptor: unknown, index) => {
    if (isConstructor(interceptor)) return;
    throw wrongValue(`interceptors[${index}]`, 'a class, for Nest to resolve', interceptor);
  });
}

/** Asked without calling it: an arrow function, a method or a generator makes no instances. */
function isConstructor(value: unknown): boolean {
  if (typeof value !== 'function') return false;
  try {
    Reflect.construct(Object, [], value);
    return true;
  } catch {
    return false;
  }
}

/** @throws TypeError for what Nest has made of a class and is no interceptor, the one at `index`. */
export function checkInterceptor(interceptor: unknown, index: number): void {
  if (lookAt(() => typeof (interceptor as TaskInterceptor).intercept, undefined) === 'function') return;
  throw wrongValue(`interceptors[${index}]`, 'a class whose instances have `intercept()`', interceptor);
}

const FACTORIES = ['useFactory', 'useClass', 'useExisting'];
const ASYNC_OPTIONS = [...EXTRAS, 'imports', 'inject', ...FACTORIES, 'provideInjectionTokensFrom'];

/** @throws TypeError for a field that `forRoot()` does not take. */
export function checkRootKeys(options: object): void {
  checkKnown('options', options, [...OPTIONS, ...EXTRAS], NESTED_OPTIONS);
}

/** @throws TypeError for a field that `forRootAsync()` does not take, or when nothing makes the options. */
export function checkAsyncKeys(options: object): void {
  checkKnown('options', options, ASYNC_OPTIONS);
  const made = FACTORIES.filter((name) => Reflect.get(options, name) !== undefined);
  for (const name of ['useFactory', 'useClass']) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && typeof value !== 'function') {
      throw wrongValue(name, name === 'useClass' ? 'a class' : 'a function', value);
    }
  }
  if (made.length > 0) return;
  throw wrongValue('options', 'made by `useFactory`, `useClass` or `useExisting`', options);
}

/** @throws TypeError for a scope that tasks cannot have. */
export function checkExtras(extras: BackgroundTasksModuleExtras): void {
  checkObject(extras);
  const scope: unknown = extras.scope;
  if (scope === undefined || scope === Scope.REQUEST || scope === Scope.DEFAULT) return;
  throw wrongValue('scope', '`Scope.REQUEST` or `Scope.DEFAULT`', scope);
}
