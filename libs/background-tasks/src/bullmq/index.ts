export { BullMqTasksModule } from './bullmq-tasks.module.js';
export type { BullMqTasksModuleOptions } from './bullmq-tasks.options.js';
