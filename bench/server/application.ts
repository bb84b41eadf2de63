import {
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type ModuleMetadata,
  type NestInterceptor,
  Scope,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { ByConstructor, ByHand, ByParameter, ByResponse, Plain } from './controllers.js';

class PassThrough implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

class Application {}

// of a type without properties, so that it compiles whether or not the library has the option
const singleton: object = { scope: Scope.DEFAULT };

/** By the keys in cases.ts. */
const applications: Record<string, () => ModuleMetadata> = {
  none: () => ({ controllers: [Plain] }),
  imported: () => ({ imports: [BackgroundTasksModule], controllers: [Plain] }),
  'by-hand': () => ({ controllers: [ByHand] }),
  interceptor: () => ({
    controllers: [ByHand],
    providers: [{ provide: APP_INTERCEPTOR, useClass: PassThrough }],
  }),
  parameter: () => ({ imports: [BackgroundTasksModule], controllers: [ByParameter] }),
  'request-scope': () => ({ imports: [BackgroundTasksModule], controllers: [ByConstructor] }),
  'default-scope': () => ({ imports: [BackgroundTasksModule.forRoot(singleton)], controllers: [ByConstructor] }),
  response: () => ({ imports: [BackgroundTasksModule], controllers: [ByResponse] }),
};

/** @throws Error when there is no such application, or the library refuses its options. */
export async function createApplication(platform: string, key: string): Promise<INestApplication> {
  const metadata = applications[key];
  if (metadata === undefined) throw new Error(`There is no application "${key}".`);
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  return NestFactory.create({ module: Application, ...metadata() }, adapter, { logger: false, abortOnError: false });
}
