import {
  Global,
  Inject,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Application } from '../calls/application.js';
import { preparePlatform, preparePlatformEarly } from '../http/platforms/prepare-platform.js';
import type { Preparation } from '../http/platforms/preparation.js';
import { callHooksFirst } from '../nest/first-hooks.js';
import { BackgroundTasksEvents } from '../reports/background-tasks.events.js';
import { BackgroundTasksRunner } from '../running/background-tasks.runner.js';
import { DurableNames } from '../running/durable-names.js';
import { Scheduler } from '../running/scheduler.js';
import { Drain } from '../shutdown/drain.js';
import { settleDurableNames } from '../start-up/settle-durable-names.js';
import { followRoutes } from '../start-up/follow-routes.js';
import { refuseMadeTasks } from '../start-up/provided-tasks.js';
import { refuseLosses } from '../start-up/refusals.js';
import { warnOfLosses } from '../start-up/warnings.js';
import { DefaultScope } from './default-scope.js';

/**
 * What there is once in an application, however often `BackgroundTasksModule` is imported.
 *
 * Life cycle: `configure` prepares the platform and the routes, before Nest reads what is written about them;
 * `onModuleInit`, the first of all, refuses what would lose tasks, warns of what probably will, and makes the
 * interceptors, so that other modules may run tasks in theirs; `onApplicationShutdown`, the last of all, lets others have
 * what the application shares with them.
 */
@Global()
@Module({
  providers: [Application, BackgroundTasksEvents, BackgroundTasksRunner, Drain, Scheduler],
  exports: [Application, BackgroundTasksEvents, BackgroundTasksRunner, Drain, Scheduler],
})
export class BackgroundTasksCoreModule implements NestModule, OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(Application) private readonly application: Application,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Optional() @Inject(DefaultScope) private readonly defaultScope?: DefaultScope,
  ) {
    callHooksFirst(BackgroundTasksCoreModule, modules);
    scheduler.durableNames = new DurableNames(modules);
    preparePlatformEarly(adapterHost, this.#preparation);
  }

  configure(): void {
    preparePlatform(this.adapterHost.httpAdapter, this.modules, this.#preparation);
    // all of them are bound to the interceptor already
    if (this.scheduler.options.bind === 'everywhere') return;
    followRoutes({ application: this.application, modules: this.modules, config: this.config });
  }

  async onModuleInit(): Promise<void> {
    refuseMadeTasks(this.modules);
    if (this.defaultScope === undefined) refuseLosses(this.modules);
    warnOfLosses(this.modules);
    settleDurableNames(this.scheduler);
    await this.scheduler.makeInterceptors();
  }

  onApplicationShutdown(): void {
    this.application.close();
  }

  get #preparation(): Preparation {
    const remembersRequests = this.scheduler.options.waitUntil !== undefined;
    return { application: this.application, hasDefaultScope: this.defaultScope !== undefined, remembersRequests };
  }
}
