import type { INestApplicationContext } from '@nestjs/common';
import { type BackgroundTasksEvent, BackgroundTasksEvents } from 'nestjs-background-tasks';
import { filter, firstValueFrom } from 'rxjs';

/** What each `drained` event told as lost, from now on. */
export function drainsOf(app: INestApplicationContext): Array<readonly string[]> {
  const drains: Array<readonly string[]> = [];
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    if (event.type === 'drained') drains.push(event.lost);
  });
  return drains;
}

/** The next event of a type. */
export function next(app: INestApplicationContext, type: BackgroundTasksEvent['type']): Promise<BackgroundTasksEvent> {
  return firstValueFrom(app.get(BackgroundTasksEvents).events$.pipe(filter((event) => event.type === type)));
}
