import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { BackgroundTasksModule, BackgroundTasksRunner, currentTask } from 'nestjs-background-tasks';
import { OpenTelemetryInterceptor } from 'nestjs-background-tasks/opentelemetry';

// A program without an SDK: prints what a task sees, and whether the interceptor is enabled.

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
console.log(`enabled: ${app.get(OpenTelemetryInterceptor).isEnabled}`);
await app.close();
