/** Compiled, never run: every line marked as an error has to be one. */
import type { BackgroundTasks } from 'nestjs-background-tasks';
import { PiscinaTasksModule, WorkerTask } from 'nestjs-background-tasks/piscina';

declare const tasks: BackgroundTasks;

tasks.addTask(new WorkerTask('/report.js'));
tasks.addTask(new WorkerTask(new URL('file:///report.js'), { any: 'payload' })).with({ timeout: 1 });
// @ts-expect-error no path
tasks.addTask(new WorkerTask(42));
// @ts-expect-error a payload too many
tasks.addTask(new WorkerTask('/report.js', 1, 2));
// @ts-expect-error an option that the tasks decide
PiscinaTasksModule.forRoot({ filename: '/report.js' });
// @ts-expect-error no option of Piscina
PiscinaTasksModule.forRoot({ maxThread: 1 });
