import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasks, BackgroundTasksModule, currentTask } from 'nestjs-background-tasks';

// A program with a task whose `abort` listener throws, and that prints what Node says of it.

function print(event: string): void {
  process.stdout.write(`${event}\n`);
}

process.on('uncaughtException', (error) => print(`uncaught: ${error.message}`));

function listen(): Promise<void> {
  currentTask()?.signal.addEventListener('abort', () => {
    throw new Error('the listener fails');
  });
  return new Promise(() => undefined);
}

@Controller()
class Handlers {
  @Get()
  get(tasks: BackgroundTasks): string {
    tasks.addTask(listen).with({ timeout: 5 });
    tasks.addTask(print, 'the next task');
    return 'fine';
  }
}

@Module({ imports: [BackgroundTasksModule.forRoot({ onFailure: 'continue' })], controllers: [Handlers] })
class App {}

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.send?.(Number(new URL(await app.getUrl()).port));
