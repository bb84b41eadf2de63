import {
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  Scope,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { BackgroundTasksEvents, BackgroundTasksModule, type TaskInterceptor } from 'nestjs-background-tasks';
import type { Observable } from 'rxjs';
import { ByConstructor, ByParameter, ByResponse, Listener, Plain, WithoutLibrary } from './controllers.js';

/** How often each route of an application calls the trivial function. */
type Routes = Readonly<Record<string, number>>;

class PassThrough implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

class PassThroughOfTasks implements TaskInterceptor {
  intercept(_context: unknown, next: () => Promise<void>): Promise<void> {
    return next();
  }
}

/** What is told of a task, to a subscriber. */
export const told = { events: 0 };

@Injectable()
class Subscriber {
  constructor(events: BackgroundTasksEvents) {
    events.events$.subscribe(() => told.events++);
  }
}

class Application {}

const libraryControllers = [Plain, ByParameter, ByResponse, ByConstructor];
const libraryRoutes: Routes = {
  '/hello': 0,
  '/parameter': 1,
  '/response': 1,
  '/constructor': 1,
  '/many/0': 0,
  '/many/1': 1,
  '/many/10': 10,
  '/many/100': 100,
  '/many/1000': 1_000,
};
const withoutLibrary: ModuleMetadata = {
  imports: [EventEmitterModule.forRoot()],
  controllers: [Plain, WithoutLibrary],
  providers: [Listener],
};
const routesWithoutLibrary: Routes = { '/hello': 0, '/finish': 1, '/immediate': 1, '/promise': 1, '/event': 1 };
const passThrough = { provide: APP_INTERCEPTOR, useClass: PassThrough };

interface Made {
  readonly metadata: ModuleMetadata;
  readonly routes: Routes;
}

/** By their names in cases.ts. */
const applications: Record<string, () => Made | Promise<Made>> = {
  plain: () => ({ metadata: withoutLibrary, routes: routesWithoutLibrary }),
  'pass-through': () => ({
    metadata: { ...withoutLibrary, providers: [Listener, passThrough] },
    routes: routesWithoutLibrary,
  }),
  library: () => withLibrary(),
  'with-interceptor': () => withLibrary({ providers: [passThrough] }),
  observed: () => withLibrary({ providers: [Subscriber] }),
  intercepted: () => intercepted(PassThroughOfTasks),
  traced,
  'traced-unsampled': async () => {
    const { AlwaysOffSampler, NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
    new NodeTracerProvider({ sampler: new AlwaysOffSampler() }).register();
    return traced();
  },
  'default-scope': () => ({
    metadata: { imports: [BackgroundTasksModule.forRoot({ scope: Scope.DEFAULT })], controllers: libraryControllers },
    routes: libraryRoutes,
  }),
};

/** @throws Error when there is no such application. */
export async function createApplication(
  platform: string,
  name: string,
): Promise<{ app: INestApplication; routes: Routes }> {
  const make = applications[name];
  if (make === undefined) throw new Error(`There is no application "${name}".`);
  const { metadata, routes } = await make();
  const adapter = platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create({ module: Application, ...metadata }, adapter, {
    logger: false,
    abortOnError: false,
  });
  return { app, routes };
}

/** Not every commit that is measured has it. */
async function traced(): Promise<Made> {
  const { OpenTelemetryInterceptor } = await import('nestjs-background-tasks/opentelemetry');
  return intercepted(OpenTelemetryInterceptor);
}

function intercepted(interceptor: Type<TaskInterceptor>): Made {
  const imports = [BackgroundTasksModule.forRoot({ interceptors: [interceptor] })];
  return { metadata: { imports, controllers: libraryControllers }, routes: libraryRoutes };
}

function withLibrary(more: ModuleMetadata = {}): Made {
  return {
    metadata: { imports: [BackgroundTasksModule], controllers: libraryControllers, ...more },
    routes: libraryRoutes,
  };
}
