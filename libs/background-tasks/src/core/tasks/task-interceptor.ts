import type { StoredIn, TaskContext } from './task-context.js';

/**
 * Wraps each attempt of each task: tracing, metrics, the request context of an ORM, error trackers.
 *
 * Given as a class to `forRoot({ interceptors })` and resolved by Nest, before any module's `onModuleInit`, its own included:
 * it may have to wrap tasks that one of them runs. Tasks that a constructor or a factory runs wait until then. Within it, `currentTask()` is the task. One that
 * throws fails the attempt; one that returns without having called `next` does too, since the task did not run.
 *
 * At its timeout an attempt has failed: nobody waits for its interceptors from then on, and nothing that they do changes
 * it. Before that, one that catches a failure has turned it into a success.
 *
 * @example
 * class Timing implements TaskInterceptor {
 *   async intercept(task: TaskContext, next: () => Promise<void>) {
 *     const began = performance.now();
 *     await next();
 *     console.log(task.name, performance.now() - began);
 *   }
 * }
 */
export interface TaskInterceptor {
  /** One that says `false` is left out; asked before each attempt, and each storing. @default true */
  readonly isEnabled?: boolean;

  /**
   * Calls `next` once, which makes the attempt, and awaits it.
   *
   * What `next` returns settles when the attempt is over, however that came about: as the task did; with the
   * `TimeoutError` of its timeout; or with the `AbortError` of a shutdown that waits no longer, although the task may
   * run on then. Called after that, or twice, it rejects and runs nothing.
   */
  intercept(task: TaskContext, next: () => Promise<void>): Promise<void>;

  /**
   * Wraps each time that a batch of durable tasks is given to an engine, where a module of one is imported.
   *
   * What it puts into `batch.carry` travels with the batch, as `currentTask().carried`. In the async context of the code
   * that added the last task. Where it throws, or does not call `next`, the batch is not stored, and the client is told so.
   * What `next` returns rejects where the engine has not answered in time.
   */
  store?(batch: StoredBatch, next: () => Promise<void>): Promise<void>;
}

/** A batch of durable tasks that is about to be stored. */
export interface StoredBatch extends StoredIn {
  readonly batchId: string;
  readonly names: readonly string[];
  /** What travels with it; more may be put into it. */
  readonly carry: Record<string, string>;
}

/** One that wraps that. */
export type StoreInterceptor = TaskInterceptor & Required<Pick<TaskInterceptor, 'store'>>;
