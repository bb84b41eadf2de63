import { beforeEach } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import {
  BackgroundTask,
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
} from 'nestjs-background-tasks';
import { type Platform, type Prepare, type Reply, type Running, start } from '../harness/application.js';
import { Timeline } from '../harness/timeline.js';

/** What a handler of these specs has; `id` is the last part of the path. */
export interface Given {
  readonly tasks: BackgroundTasks;
  readonly reply: Reply;
  readonly id: string;
}

/** What the tasks have done in this test. */
export const timeline = new Timeline();

/** A task: marks `event`. */
export const note = (event: string): void => timeline.mark(event);

/** A task that marks `event`, and is named after it. */
export const noting = (event: string): BackgroundTask => new BackgroundTask(note, event).with({ name: event });

let handle: (given: Given) => unknown = () => undefined;

@Controller()
class Handlers {
  @Get(':id')
  handle(@Param('id') id: string, @Res({ passthrough: true }) reply: Reply, tasks: BackgroundTasks): unknown {
    return handle({ tasks, reply, id });
  }
}

beforeEach(() => {
  timeline.clear();
  handle = () => undefined;
});

/** An application whose only handler is `handler`, for every path of one part. */
export async function startWith(
  platform: Platform,
  handler: (given: Given) => unknown,
  options: BackgroundTasksModuleOptions = {},
  prepare?: Prepare,
): Promise<Running> {
  handle = handler;
  return start(platform, { imports: [BackgroundTasksModule.forRoot(options)], controllers: [Handlers] }, prepare);
}

/** Every event that is told from now on, to `listen`, too. */
export function eventsOf({ app }: Running, listen?: (event: BackgroundTasksEvent) => void): BackgroundTasksEvent[] {
  const told: BackgroundTasksEvent[] = [];
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    told.push(event);
    listen?.(event);
  });
  return told;
}
