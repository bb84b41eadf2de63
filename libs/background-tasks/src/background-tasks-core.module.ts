import { Global, Inject, Module, type NestModule, type OnModuleInit, Scope } from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer, REQUEST } from '@nestjs/core';
import { BackgroundTasks } from './background-tasks.js';
import { BackgroundTasksEvents } from './background-tasks.events.js';
import { BackgroundTasksInterceptor } from './background-tasks.interceptor.js';
import { BackgroundTasksRunner } from './background-tasks.runner.js';
import { Drain } from './drain.js';
import { refuseDurableHolders } from './durable-providers.js';
import { injectByType } from './handler-parameters.js';
import { preparePlatform } from './platforms/prepare-platform.js';
import { tasksOf } from './request-tasks.js';

/**
 * What there is once in an application, however often `BackgroundTasksModule` is imported.
 *
 * Life cycle: the constructor decorates handler parameters, before Nest reads them; `configure`
 * prepares the platform, before middleware is registered; `onModuleInit` checks the dependency trees,
 * once they are known.
 */
@Global()
@Module({
  providers: [
    BackgroundTasksEvents,
    BackgroundTasksRunner,
    Drain,
    { provide: BackgroundTasks, scope: Scope.REQUEST, useFactory: tasksOf, inject: [REQUEST, BackgroundTasksRunner] },
    { provide: APP_INTERCEPTOR, useClass: BackgroundTasksInterceptor },
  ],
  exports: [BackgroundTasks, BackgroundTasksEvents, BackgroundTasksRunner, Drain],
})
export class BackgroundTasksCoreModule implements NestModule, OnModuleInit {
  constructor(
    @Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {
    injectByType(modules);
  }

  configure(): void {
    preparePlatform(this.adapterHost.httpAdapter, this.modules, this.runner);
  }

  onModuleInit(): void {
    refuseDurableHolders(this.modules);
  }
}
