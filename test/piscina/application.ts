import { Controller, Get, Sse } from '@nestjs/common';
import { BackgroundTasks, BackgroundTasksModule, type BackgroundTasksModuleOptions } from 'nestjs-background-tasks';
import { NEVER, startWith } from 'rxjs';
import { PiscinaTasksModule, type PiscinaTasksModuleOptions } from 'nestjs-background-tasks/piscina';
import { type Platform, request, type Running, start } from '../harness/application.js';

type Handle = (tasks: BackgroundTasks) => unknown;

let handle: Handle;

/** Sets what the handler of the test at hand does. */
export function handleBy(handler: Handle): void {
  handle = handler;
}

/** A file of this folder that a thread can run. */
export const file = (name: string): URL => new URL(`./files/${name}`, import.meta.url);

@Controller()
export class Handler {
  @Get()
  get(tasks: BackgroundTasks): string {
    handle(tasks);
    return 'fine';
  }

  @Sse('stream')
  stream(tasks: BackgroundTasks) {
    handle(tasks);
    return NEVER.pipe(startWith({ data: 'begun' }));
  }
}

/** Starts an application with one thread, and one request whose handler is `handler`. */
export async function add(
  platform: Platform,
  handler: Handle,
  tasks: BackgroundTasksModuleOptions = {},
  options: PiscinaTasksModuleOptions = {},
): Promise<Running> {
  const modules = [PiscinaTasksModule.forRoot({ maxThreads: 1, ...options }), BackgroundTasksModule.forRoot(tasks)];
  const running = await start(platform, { imports: modules, controllers: [Handler] });
  await addMore(running, handler);
  return running;
}

export async function addMore(running: Running, handler: Handle): Promise<void> {
  handleBy(handler);
  await request(running, '/');
}

export const errors = (running: Running) => running.logger.ofTasks('error').map(({ message }) => message);
