import { BackgroundTasksEvents } from 'nestjs-background-tasks';
import type { Running } from './application.js';

/** What the tasks of `running` throw from now on, as the events tell it. */
export function failuresOf({ app }: Pick<Running, 'app'>): unknown[] {
  const failures: unknown[] = [];
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    if (event.type === 'failed') failures.push(event.error);
  });
  return failures;
}
