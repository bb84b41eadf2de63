import {
  BackgroundTasksModule,
  BackgroundTasksRunner,
  type BackgroundTasksModuleOptions,
} from 'nestjs-background-tasks';
import { InspectorModule } from 'nestjs-background-tasks/inspector';
import { PiscinaTasksModule, WorkerTask } from 'nestjs-background-tasks/piscina';
import { CapturingRunner } from 'nestjs-background-tasks/testing';

/** Compiled against the packed library, by each TypeScript, with each way to find modules. */
export const options: BackgroundTasksModuleOptions = { onFailure: 'continue' };
export const imports = [
  BackgroundTasksModule.forRoot(options),
  PiscinaTasksModule.forRoot({ maxThreads: 1 }),
  InspectorModule.forRoot({ path: 'inspector', authorize: (request) => request.user?.isAdmin === true }),
];
export const task: WorkerTask = new WorkerTask('/report.js', { rows: [] });
export const runner: typeof BackgroundTasksRunner = CapturingRunner;

// @ts-expect-error it has to be a function
export const wrong: BackgroundTasksModuleOptions = { waitUntil: true };
