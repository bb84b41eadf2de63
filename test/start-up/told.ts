import { Controller, type DynamicModule, Get, type ModuleMetadata, Res, type Type } from '@nestjs/common';
import {
  BackgroundTask,
  type BackgroundTaskOptions,
  BackgroundTasks,
  BackgroundTasksModule,
  Tasks,
} from 'nestjs-background-tasks';
import { Test } from '@nestjs/testing';
import { express, type Reply, request, start } from '../harness/application.js';
import { RecordingLogger } from '../harness/recording-logger.js';

/** What a handler does with its tasks and its response. */
type Handle = (tasks: BackgroundTasks, response: Reply) => unknown;

/** The message of what `made` rejects with, or throws; an empty one if it does neither. */
export async function messageOf(made: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    await (typeof made === 'function' ? made() : made);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

export function withOptions(options: object): DynamicModule {
  return BackgroundTasksModule.forRoot(options);
}

/** What an application says that does not start. */
export async function refused(metadata: ModuleMetadata): Promise<string> {
  return messageOf(start(express, metadata));
}

/** What one says that does not start with `options`. */
export async function wrong(options: object): Promise<string> {
  return messageOf(async () => start(express, { imports: [withOptions(options)] }));
}

/** The one line of warning of an application that starts. */
export async function warned(metadata: ModuleMetadata): Promise<string> {
  const { logger } = await start(express, metadata);
  return logger
    .ofTasks('warn')
    .map(({ message }) => String(message))
    .join('\n');
}

export function signUpThat(handle: Handle): Type {
  @Controller()
  class SignUp {
    @Get()
    async signUp(@Tasks() tasks: BackgroundTasks, @Res({ passthrough: true }) response: Reply): Promise<string> {
      await handle(tasks, response);
      return 'fine';
    }
  }
  return SignUp;
}

/** What is thrown where a handler does that. */
export async function thrown(handle: Handle, module: DynamicModule = withOptions({})): Promise<string> {
  let message = '';
  const controller = signUpThat(async (...given) => {
    message = await messageOf(async () => handle(...given));
  });
  await request(await start(express, { imports: [module], controllers: [controller] }), '/');
  return message;
}

/** What is logged of a request to a handler with tasks, where the module is not imported. */
export async function loggedWithoutModule(): Promise<string> {
  const logger = new RecordingLogger();
  const testing = await Test.createTestingModule({ controllers: [signUpThat(() => undefined)] })
    .setLogger(logger)
    .compile();
  const app = testing.createNestApplication(express.adapter());
  const { port } = (await app.listen(0, '127.0.0.1')).address() as { port: number };
  await request({ port }, '/');
  await app.close();
  return logger.lines.map(({ message }) => (message instanceof Error ? message.message : String(message))).join('\n');
}

/** What is logged of a task that calls `fn`. */
export async function logged(fn: () => unknown, options: BackgroundTaskOptions = {}): Promise<string> {
  const controller = signUpThat((tasks) => tasks.addTask(new BackgroundTask(fn).with(options)));
  const running = await start(express, { controllers: [controller] });
  await request(running, '/');
  await running.runner.idle();
  return running.logger
    .ofTasks('error')
    .map(({ message, details }) => [message, ...details].map(String).join('\n'))
    .join('\n');
}
