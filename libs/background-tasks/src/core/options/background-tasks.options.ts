import { Scope, type Type } from '@nestjs/common';
import { checkKnown, checkTaskOptions, isCount, type SharedTaskOptions } from '../tasks/task-options.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { wrongValue } from '../errors/wording.js';

/** What `BackgroundTasksModule.forRoot()` takes; each field is optional. */
export interface BackgroundTasksModuleOptions {
  /** What happens to the tasks after a failed one: `stop` skips them, `continue` runs them. @default 'stop' */
  onFailure?: 'stop' | 'continue';
  /** Options for every task that does not set them itself. @default {} */
  defaults?: SharedTaskOptions;
  /** Batches that run at once; further ones wait, first come first served. @default Infinity */
  concurrency?: number;
  /** Tasks that may wait or run in this process; beyond it, `addTask` throws. @default Infinity */
  maxPending?: number;
  /** Milliseconds that shutting down waits for tasks before it aborts them. @default 10_000 */
  shutdownTimeout?: number;
  /** Milliseconds for which a task may block the event loop without a warning; 0 is off. @default 100 */
  slowSyncWarning?: number;
  /** Classes, resolved by Nest, that wrap each attempt of each task, the outermost first. @default [] */
  interceptors?: Array<Type<TaskInterceptor>>;
  /**
   * Which handlers are followed: those through which tasks can come, or all of them.
   *
   * A task from elsewhere (middleware, a singleton with `Scope.DEFAULT`) runs in any case; where its
   * handler is not followed, it does not wait for it when the client hangs up, and its outcome is that of
   * the status. `everywhere` costs every request an interceptor.
   *
   * @default 'needed'
   */
  bind?: 'needed' | 'everywhere';
}

/** What stands beside the options in `forRoot()`, and beside their factory in `forRootAsync()`. */
export interface BackgroundTasksModuleExtras {
  /**
   * Whether there is one `BackgroundTasks` for each request, or one that finds the request by itself.
   *
   * A controller that injects `Scope.REQUEST` is made anew for each request, which costs several times
   * what the request does. `Scope.DEFAULT` costs every request an `AsyncLocalStorage`.
   *
   * @default Scope.REQUEST
   */
  scope?: Scope.REQUEST | Scope.DEFAULT;
}

/** The options with every field decided. */
export interface ResolvedOptions extends Readonly<Required<Omit<BackgroundTasksModuleOptions, 'defaults'>>> {
  readonly defaults: Readonly<Required<SharedTaskOptions>>;
}

export const DEFAULT_OPTIONS: ResolvedOptions = {
  onFailure: 'stop',
  defaults: { runOn: 'success', timeout: Infinity, retries: 0 },
  concurrency: Infinity,
  maxPending: Infinity,
  shutdownTimeout: 10_000,
  slowSyncWarning: 100,
  interceptors: [],
  bind: 'needed',
};

/**
 * The options as given, with the defaults for what was not.
 *
 * @throws TypeError for an option or a value that does not exist.
 */
export function resolveOptions(options: BackgroundTasksModuleOptions): ResolvedOptions {
  checkObject(options);
  if ('scope' in options) throw wrongValue('scope', 'beside the factory, not in what it returns', options.scope);
  checkKnown('options', options, Object.keys(DEFAULT_OPTIONS));
  const resolved = {
    onFailure: options.onFailure ?? DEFAULT_OPTIONS.onFailure,
    defaults: resolveTaskDefaults(options.defaults ?? {}),
    concurrency: options.concurrency ?? DEFAULT_OPTIONS.concurrency,
    maxPending: options.maxPending ?? DEFAULT_OPTIONS.maxPending,
    shutdownTimeout: options.shutdownTimeout ?? DEFAULT_OPTIONS.shutdownTimeout,
    slowSyncWarning: options.slowSyncWarning ?? DEFAULT_OPTIONS.slowSyncWarning,
    interceptors: options.interceptors ?? DEFAULT_OPTIONS.interceptors,
    bind: options.bind ?? DEFAULT_OPTIONS.bind,
  };
  check(resolved);
  return resolved;
}

function checkObject(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw wrongValue('options', 'an object', options);
}

function resolveTaskDefaults(defaults: SharedTaskOptions): ResolvedOptions['defaults'] {
  if (typeof defaults !== 'object') throw wrongValue('defaults', 'an object', defaults);
  if ('name' in defaults) throw wrongValue('defaults', 'without `name`, which is for one task', defaults);
  checkTaskOptions(defaults);
  return {
    runOn: defaults.runOn ?? DEFAULT_OPTIONS.defaults.runOn,
    timeout: defaults.timeout ?? DEFAULT_OPTIONS.defaults.timeout,
    retries: defaults.retries ?? DEFAULT_OPTIONS.defaults.retries,
  };
}

function check({ onFailure, concurrency, maxPending, ...rest }: ResolvedOptions): void {
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
}

function checkInterceptors(interceptors: unknown): void {
  if (!Array.isArray(interceptors)) throw wrongValue('interceptors', 'an array of classes', interceptors);
  interceptors.forEach((interceptor: unknown, index) => {
    if (typeof interceptor === 'function') return;
    throw wrongValue(`interceptors[${index}]`, 'a class, for Nest to resolve', interceptor);
  });
}

/** @throws TypeError for a scope that tasks cannot have. */
export function checkExtras(extras: BackgroundTasksModuleExtras): void {
  checkObject(extras);
  const scope: unknown = extras.scope;
  if (scope === undefined || scope === Scope.REQUEST || scope === Scope.DEFAULT) return;
  throw wrongValue('scope', '`Scope.REQUEST` or `Scope.DEFAULT`', scope);
}
