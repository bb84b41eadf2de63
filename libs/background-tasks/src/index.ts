export {
  BackgroundTask,
  type BackgroundTaskOptions,
  type MethodKeys,
  type MethodParameters,
  type RunOn,
} from './background-task.js';
export { NoActiveRequestError } from './background-tasks.errors.js';
export { BackgroundTasksModule } from './background-tasks.module.js';
export type { BackgroundTasksModuleOptions } from './background-tasks.options.js';
export { BackgroundTasksRunner } from './background-tasks.runner.js';
export { BackgroundTasks } from './background-tasks.js';
export { currentTask, type TaskContext } from './current-task.js';
export type { Outcome } from './outcome.js';
export { Tasks } from './tasks.decorator.js';
import './response-background.js';
