export { PiscinaTasksModule } from './piscina-tasks.module.js';
export type { PiscinaTasksModuleOptions } from './worker-pool.js';
export { WorkerTask } from './worker-task.js';
