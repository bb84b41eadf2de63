import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type INestApplication, type MiddlewareConsumer, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BackgroundTasks,
  BackgroundTasksEvents,
  BackgroundTasksModule,
  BackgroundTasksRunner,
} from 'nestjs-background-tasks';
import type { Platform } from '../harness/application.js';
import { useMiddleware } from '../harness/nest.js';
import { AroundAttempts, LeftOut } from './around-attempts.js';
import { AddingMiddleware, firstMiddleware, PoolMiddleware } from './around-handlers.js';
import { EventJudge } from './event-judge.js';
import { BareScopedEndings, BareStaticEndings, ScopedEndings, StaticEndings } from './handlers.js';
import { OuterInterceptor } from './outer-interceptor.js';
import { Stage } from './stage.js';
import { loggerOf } from './task-lines.js';
import { meet, type RawResponse, watchRequests } from './watch.js';

/** The application of one round. */
export interface Running {
  readonly app: INestApplication;
  readonly runner: BackgroundTasksRunner;
  readonly judge: EventJudge;
  readonly port: number;
}

@Module({})
class WithoutMiddleware {}

@Module({})
class WithMiddleware {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(PoolMiddleware, AddingMiddleware).forRoutes('*path');
  }
}

const SCOPES = { request: Scope.REQUEST, default: Scope.DEFAULT } as const;

/** Starts an application for the round of `stage`, which sees everything from then on. */
export async function start(platform: Platform, stage: Stage): Promise<Running> {
  const { scope, hasMiddleware, hasOuterInterceptor, hasInterceptor, onFailure, concurrency, maxPending } = stage.plan;
  const options = {
    scope: SCOPES[scope],
    onFailure,
    concurrency,
    maxPending,
    interceptors: hasInterceptor ? [LeftOut, AroundAttempts] : [],
    // neither is under test, and a busy machine must not bring them in
    slowSyncWarning: 0,
    shutdownTimeout: 600_000,
  };
  const endings = hasMiddleware ? WithMiddleware : WithoutMiddleware;
  const { isBare } = stage.plan;
  // what is made for each request has the library's interceptor in any case
  const controllers = [
    isBare ? BareStaticEndings : StaticEndings,
    isBare && scope === 'default' ? BareScopedEndings : ScopedEndings,
  ];
  const providers = [{ provide: Stage, useValue: stage }];
  const testing = await Test.createTestingModule({
    imports: [
      { module: endings, providers, controllers },
      { module: class OfInterceptors {}, global: true, providers, exports: providers },
      BackgroundTasksModule.forRoot(options),
    ],
  })
    .setLogger(loggerOf(stage))
    .compile();
  const judge = new EventJudge(stage);
  const app = testing.createNestApplication(platform.adapter());
  const runner = app.get(BackgroundTasksRunner);
  app.get(BackgroundTasksEvents).events$.subscribe((event) => judge.hear(event));
  stage.compareWith(() => runner.stats());
  if (scope === 'default') stage.singleton = app.get(BackgroundTasks);
  if (hasOuterInterceptor) app.useGlobalInterceptors(new OuterInterceptor(stage));
  if (hasMiddleware) await useMiddleware(app, firstMiddleware(stage));
  if (platform.isFastify) meetInjected(app, stage);
  const server = app.getHttpServer() as Server;
  watchRequests(server, stage);
  await app.listen(0, '127.0.0.1');
  return { app, runner, judge, port: (server.address() as AddressInfo).port };
}

interface Fastify {
  addHook(
    name: 'onRequest',
    hook: (request: { raw: IncomingMessage }, reply: { raw: RawResponse }) => Promise<void>,
  ): void;
}

/** No server tells of an injected request. */
function meetInjected(app: INestApplication, stage: Stage): void {
  const fastify = app.getHttpAdapter().getInstance() as Fastify;
  fastify.addHook('onRequest', async (request, reply) => meet(stage.requestAt(request.raw.url ?? ''), reply.raw));
}
