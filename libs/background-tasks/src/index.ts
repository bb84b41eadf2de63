export { BackgroundTask } from './core/tasks/background-task.js';
export { DurableTask } from './core/tasks/durable-task.decorator.js';
export { DurableBatches, type DurableBatch, type DurableTransaction } from './core/tasks/durable-batches.js';
export { DurableStoreError } from './core/errors/durable-store.error.js';
export { NoActiveRequestError, TooManyBackgroundTasksError } from './core/errors/background-tasks.errors.js';
export {
  BackgroundTasksEvents,
  type BackgroundTasksEvent,
  type SkipReason,
} from './core/reports/background-tasks.events.js';
export { BackgroundTasksModule } from './core/module/background-tasks.module.js';
export type {
  BackgroundTasksModuleExtras,
  BackgroundTasksModuleOptions,
} from './core/options/background-tasks.options.js';
export { BackgroundTasksRunner } from './core/running/background-tasks.runner.js';
export { BackgroundTasks } from './core/tasks/background-tasks.js';
export { currentTask } from './core/running/current-task.js';
export type { BackgroundTaskOptions, RetryOptions, RunOn, SharedTaskOptions } from './core/tasks/task-options.js';
export type { BackgroundTasksStats } from './core/reports/task-reports.js';
export { Tasks } from './core/handlers/tasks.decorator.js';
export { UseBackgroundTasks } from './core/start-up/use-background-tasks.decorator.js';
// eslint-disable-next-line unicorn/require-module-specifiers -- types alone, of `res.background`; a bare import would be a side effect
export type {} from './core/http/response-background.js';
export type { Outcome, TaskContext } from './core/tasks/task-context.js';
export type { TaskInterceptor } from './core/tasks/task-interceptor.js';
export type { MethodKeys, MethodParameters } from './core/tasks/task-constructor.js';
