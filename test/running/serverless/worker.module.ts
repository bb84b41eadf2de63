import { AsyncLocalStorage } from 'node:async_hooks';
import { Module } from '@nestjs/common';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { SignUpModule } from './app.module.js';

export interface Invocation {
  waitUntil(promise: Promise<unknown>): void;
}

export const invocations = new AsyncLocalStorage<Invocation>();

@Module({
  imports: [
    SignUpModule,
    BackgroundTasksModule.forRoot({ waitUntil: (finished) => invocations.getStore()?.waitUntil(finished) }),
  ],
})
export class AppModule {}
