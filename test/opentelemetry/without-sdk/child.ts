import 'reflect-metadata';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { BackgroundTasksModule, BackgroundTasksRunner, currentTask } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';

// A program without an SDK: prints what a task sees, whether the interceptor is enabled, and whether to ask it that makes
// objects: then they are collected every now and then.

const TIMES = 3_000_000;
/** What else is at work in the process may make some; asking made dozens when it made a function each time. */
const FEW = 5;

/** How often objects are collected while `work` is done. */
async function collectionsWhile(work: () => void): Promise<number> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  observer.observe({ entryTypes: ['gc'] });
  work();
  // they are told of in one of the next turns
  await turn();
  await turn();
  observer.disconnect();
  return collections;
}

@Module({
  imports: [BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] })],
  providers: [OpenTelemetryInterceptor],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
await app.get(BackgroundTasksRunner).scope((tasks) => {
  tasks.addTask(() => {
    console.log(`task ${currentTask()?.name}: ${trace.getActiveSpan() === undefined ? 'no span' : 'a span'}`);
  });
});
await app.get(BackgroundTasksRunner).idle();
const interceptor = app.get(OpenTelemetryInterceptor);
console.log(`enabled: ${interceptor.isEnabled}`);
const collections = await collectionsWhile(() => {
  for (let each = 0; each < TIMES; each++) if (interceptor.isEnabled) throw new Error('It is enabled.');
});
console.log(`to ask that makes ${collections <= FEW ? 'nothing' : `objects that were collected ${collections} times`}`);
await app.close();
