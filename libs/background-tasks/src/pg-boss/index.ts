export { PgBossTasksModule } from './pg-boss-tasks.module.js';
export type { PgBossTasksModuleOptions } from './pg-boss-tasks.options.js';
