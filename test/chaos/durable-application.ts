import type { Server, ServerResponse, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type INestApplicationContext, Module, Scope } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  BackgroundTasks,
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import type { Platform } from '../harness/application.js';
import { MemoryTasksModule } from '../harness/memory-tasks.module.js';
import { RecordingLogger } from '../harness/recording-logger.js';
import { Doer } from './durable-doer.js';
import { FaultyEngine } from './durable-engine.js';
import { DurableEndings, OuterDurableInterceptor } from './durable-handlers.js';
import { SUBMIT_TIMEOUT } from './durable-plan.js';
import { DurableStage } from './durable-stage.js';

/** One process of a round. */
export interface DurableProcess {
  readonly app: INestApplicationContext;
  readonly engine: FaultyEngine;
  readonly runner: BackgroundTasksRunner;
  readonly events: BackgroundTasksEvent[];
  isClosed: boolean;
}

const SCOPES = { request: Scope.REQUEST, default: Scope.DEFAULT } as const;

/** Starts what answers requests, and runs what is stored. */
export async function startServer(
  platform: Platform,
  stage: DurableStage,
): Promise<DurableProcess & { readonly port: number }> {
  const engine = new FaultyEngine(stage);
  const testing = await building(stage, engine, [DurableEndings]).compile();
  const app = testing.createNestApplication(platform.adapter());
  app.useGlobalInterceptors(new OuterDurableInterceptor(stage, app.get(Doer)));
  const server = app.getHttpServer() as Server;
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const seen = stage.requestAt(request.url ?? '');
    response.prependOnceListener('finish', () => seen.markOver());
    response.prependOnceListener('close', () => seen.markOver());
    seen.arrived.resolve();
  });
  const started = seen(stage, app, engine);
  await app.listen(0, '127.0.0.1');
  return Object.assign(started, { port: (server.address() as AddressInfo).port });
}

/** Starts what only runs what is stored. */
export async function startWorker(stage: DurableStage): Promise<DurableProcess> {
  const engine = new FaultyEngine(stage);
  const app = await building(stage, engine, []).compile();
  const started = seen(stage, app, engine);
  await app.init();
  return started;
}

function building(
  stage: DurableStage,
  engine: FaultyEngine,
  controllers: Array<new (...args: never[]) => object>,
): TestingModuleBuilder {
  const { scope, concurrency } = stage.plan;
  const providers = [{ provide: DurableStage, useValue: stage }, Doer];
  @Module({ controllers, providers })
  class Root {}
  return Test.createTestingModule({
    imports: [
      Root,
      // a busy machine must not bring in what is not under test
      BackgroundTasksModule.forRoot({ scope: SCOPES[scope], slowSyncWarning: 0, shutdownTimeout: 600_000 }),
      MemoryTasksModule.forRoot({ engine, concurrency, submitTimeout: SUBMIT_TIMEOUT, hold: 600_000 }),
    ],
  }).setLogger(new RecordingLogger());
}

function seen(stage: DurableStage, app: INestApplicationContext, engine: FaultyEngine): DurableProcess {
  const events: BackgroundTasksEvent[] = [];
  app.get(BackgroundTasksEvents).events$.subscribe((event) => {
    events.push(event);
    stage.hear(event);
  });
  if (stage.plan.scope === 'default') app.get(Doer).tasks = app.get(BackgroundTasks);
  return { app, engine, runner: app.get(BackgroundTasksRunner), events, isClosed: false };
}
