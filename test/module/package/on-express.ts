import type { Response } from 'express';
import { BackgroundTask, BackgroundTasks } from 'nestjs-background-tasks';

/** Compiled against the packed library: what an application on Express may write. */
export function attach(response: Response, send: (email: string) => Promise<void>): void {
  response.background = new BackgroundTask(send, 'ada@example.com');
  response.background = new BackgroundTasks([new BackgroundTask(send, 'ada@example.com')]);
  // @ts-expect-error it is no task
  response.background = send;
  // @ts-expect-error the argument is no string
  new BackgroundTasks().addTask(send, 1);
}
