import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import serverlessHttp from 'serverless-http';
import { BackgroundTasksModule, BackgroundTasksRunner } from 'nestjs-background-tasks';
import { SignUpModule } from './app.module.js';

@Module({ imports: [SignUpModule, BackgroundTasksModule] })
class AppModule {}

let started: ReturnType<typeof start> | undefined;

export async function handler(event: object, context: object): Promise<object> {
  const { handle, runner } = await (started ??= start());
  const response = await handle(event, context);
  await runner.idle();
  return response;
}

async function start() {
  const app = await NestFactory.create(AppModule);
  await app.init();
  return { handle: serverlessHttp(app.getHttpAdapter().getInstance()), runner: app.get(BackgroundTasksRunner) };
}
