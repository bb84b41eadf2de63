import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasksModule,
  type BackgroundTasksModuleOptions,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import { CapturingRunner } from 'nestjs-background-tasks/testing';
import { type Platform, request } from '../../harness/application.js';
import { AppModule, type Handle, handleBy } from './app.module.js';

interface Captured {
  readonly app: INestApplication;
  readonly runner: CapturingRunner;
  readonly port: number;
}

let apps: INestApplication[] = [];

export async function start(platform: Platform, options: BackgroundTasksModuleOptions = {}): Promise<Captured> {
  const module = await Test.createTestingModule({ imports: [AppModule, BackgroundTasksModule.forRoot(options)] })
    .overrideProvider(BackgroundTasksRunner)
    .useClass(CapturingRunner)
    .compile();
  const app = module.createNestApplication(platform.adapter());
  await app.listen(0, '127.0.0.1');
  apps.push(app);
  const runner: CapturingRunner = app.get(BackgroundTasksRunner);
  return { app, runner, port: ((app.getHttpServer() as Server).address() as AddressInfo).port };
}

/** Starts an application, and captures what `handler` adds in one request. */
export async function capture(
  platform: Platform,
  handler: Handle,
  options?: BackgroundTasksModuleOptions,
): Promise<Captured> {
  handleBy((tasks, reply) => {
    const result: unknown = handler(tasks, reply);
    return result instanceof Promise ? result : 'fine';
  });
  const captured = await start(platform, options);
  await request(captured, '/');
  return captured;
}

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});
