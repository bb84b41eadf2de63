import type { TaskContext } from './task-context.js';

/**
 * Wraps each attempt of each task: tracing, metrics, the request context of an ORM, error trackers.
 *
 * Given as a class to `forRoot({ interceptors })` and resolved by Nest. One that throws fails the
 * task; one that returns without having called `next` does too, since the task did not run.
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
  intercept(task: TaskContext, next: () => Promise<void>): Promise<void>;
}
