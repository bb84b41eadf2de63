import type { Application } from '../calls/application.js';
import { currentTasks } from '../calls/current-tasks.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { TRANSPORTS } from './transports.js';

/** The tasks to inject for what Nest calls the request. */
export function injectedTasks(request: unknown, application: Application): BackgroundTasks {
  for (const transport of Object.values(TRANSPORTS)) {
    const tasks = transport.tasksOfRequest?.(request, application);
    if (tasks !== undefined) return tasks;
  }
  // nothing tells the request of a message from others of its connection: its tasks are found where they are used
  return currentTasks(application, request);
}
