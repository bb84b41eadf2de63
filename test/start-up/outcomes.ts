import { beforeEach, expect } from '@jest/globals';
import type { ModuleMetadata } from '@nestjs/common';
import {
  BackgroundTask,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  type BackgroundTasksModuleOptions,
  currentTask,
} from 'nestjs-background-tasks';
import { type Platform, type Prepare, type Reply, request, type Running, start } from '../harness/application.js';
import { useMiddleware } from '../harness/nest.js';
import { Timeline } from '../harness/timeline.js';

/*
 * Whether a handler is followed shows in the outcome of a task that comes from elsewhere: one that
 * returns a 404 is a success if anybody saw it return, and a failure if there is only the status.
 */
export const FOLLOWED = 'success';
export const NOT_FOLLOWED = 'failure';

/** What happened in the test at hand. */
export const timeline = new Timeline();

beforeEach(() => timeline.clear());

export const noteOutcome = (): void => timeline.mark(`${currentTask()?.outcome}`);

/** Adds a task to every request, from where no handler shows it. */
const addToAll: Prepare = (app) =>
  useMiddleware(app, (_: unknown, reply: Reply, next) => {
    reply.background = new BackgroundTask(noteOutcome).with({ runOn: 'always' });
    next();
  });

export function startWith(
  platform: Platform,
  metadata: ModuleMetadata,
  options: BackgroundTasksModuleOptions & BackgroundTasksModuleExtras = {},
): Promise<Running> {
  const imports = [BackgroundTasksModule.forRoot({ bind: 'needed', ...options })];
  return start(platform, { ...metadata, imports }, addToAll);
}

/** What the task from elsewhere said of each request. */
export async function outcomesOf(running: Running, ...paths: string[]): Promise<string[]> {
  for (const path of paths) {
    expect((await request(running, path)).status).toBe(404);
    await running.runner.idle();
  }
  return timeline.events;
}
