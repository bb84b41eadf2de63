import type { Scope, Type } from '@nestjs/common';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import type { SharedTaskOptions } from '../tasks/task-options.js';

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
  /** Milliseconds for which a task, before it first awaits, may block the event loop without a warning; 0 is off. @default 100 */
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
  /**
   * Told when a batch gets its first task, for a platform that freezes a process after its response.
   *
   * `finished` never rejects; it resolves when the batch has finished. A task that is added after that is told
   * again. `request` is the platform's, of Express or Fastify, and `undefined` without one; where middleware on
   * Fastify adds the first task, it is Node's own, as Nest's `REQUEST` is there. Called synchronously, in the async
   * context of the code that adds the task. What it throws is logged, and changes nothing.
   *
   * @default none
   * @example
   * BackgroundTasksModule.forRoot({ waitUntil: (finished) => waitUntil(finished) }); // from `@vercel/functions`
   */
  waitUntil?: WaitUntil;
}

/** What keeps a process awake until `finished` has resolved. */
export type WaitUntil = (finished: Promise<void>, request: unknown) => void;

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
export interface ResolvedOptions extends Readonly<
  Required<Omit<BackgroundTasksModuleOptions, 'defaults' | 'waitUntil'>>
> {
  readonly defaults: Readonly<Required<SharedTaskOptions>>;
  readonly waitUntil: WaitUntil | undefined;
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
  waitUntil: undefined,
};

/** The names of the options; those of `defaults`; and what stands beside them in `forRoot()`. */
export const OPTIONS: readonly string[] = Object.keys(DEFAULT_OPTIONS);
export const NESTED_OPTIONS = Object.keys(DEFAULT_OPTIONS.defaults).map((name) => `defaults.${name}`);
export const EXTRAS: readonly string[] = ['scope'];
