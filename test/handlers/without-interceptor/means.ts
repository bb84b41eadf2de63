import { type ArgumentsHost, Catch, type ExceptionFilter, type ModuleMetadata } from '@nestjs/common';
import {
  BackgroundTask,
  type BackgroundTasks,
  BackgroundTasksModule,
  type BackgroundTasksModuleExtras,
  type BackgroundTasksModuleOptions,
} from 'nestjs-background-tasks';
import { BackgroundTasksInterceptor } from '../../../libs/background-tasks/src/core/handlers/background-tasks.interceptor.js';
import { standInOf } from '../../../libs/background-tasks/src/core/handlers/stand-in.js';
import { type HandlerClass, interceptorsOf } from '../../../libs/background-tasks/src/core/nest/metadata.js';
import { type Platform, type Prepare, type Reply, request, type Running, start } from '../../harness/application.js';
import { note, timeline } from '../../harness/audit.js';

/** By what a handler is followed. */
export type Means = 'stand-in' | 'interceptor' | 'nothing';

/** By what the handler `key` of `handlers` is followed, as far as what is written about them shows it. */
export function meansOf(handlers: HandlerClass, key: string): Means {
  const method = methodOf(handlers, key);
  if ([handlers, method].some((each) => interceptorsOf(each).includes(BackgroundTasksInterceptor)))
    return 'interceptor';
  return standInOf(method) === undefined ? 'nothing' : 'stand-in';
}

export function methodOf({ prototype }: HandlerClass, key: string): (...args: never[]) => unknown {
  return Reflect.get(prototype, key) as (...args: never[]) => unknown;
}

/** Answers 200 whatever was thrown: then only who has seen the handler throw takes it for a failure. */
@Catch()
export class AnswersFine implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Reply>().status(200).send(String(error));
  }
}

/** A task for either outcome, which marks its name and the outcome. */
export const task = (event: string): BackgroundTask => new BackgroundTask(note, event).with({ runOn: 'always' });

/** Adds such a task. */
export const add = (tasks: BackgroundTasks, event: string): unknown => tasks.addTask(task(event));

type Options = BackgroundTasksModuleOptions & BackgroundTasksModuleExtras;

/** Starts an application that follows only what it needs to. */
export function startWith(
  platform: Platform,
  { imports = [], ...metadata }: ModuleMetadata,
  options: Options = {},
  prepare?: Prepare,
): Promise<Running> {
  const module = BackgroundTasksModule.forRoot({ bind: 'needed', ...options });
  return start(platform, { ...metadata, imports: [module, ...imports] }, prepare);
}

/** What the tasks of requests for `paths`, one after the other, have marked, and the bodies of the answers. */
export async function visit(running: Running, ...paths: string[]): Promise<{ events: string[]; bodies: string[] }> {
  const bodies: string[] = [];
  for (const path of paths) {
    bodies.push((await request(running, path)).body);
    await running.runner.idle();
  }
  return { events: timeline.events, bodies };
}
