import { Global, Inject, Module, type NestModule, type OnModuleInit, Optional } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { BackgroundTasksEvents } from './background-tasks.events.js';
import { BackgroundTasksRunner } from './background-tasks.runner.js';
import { controllersOf } from './controllers.js';
import { CurrentRequest } from './current-request.js';
import { dependantsOnTasks } from './dependants.js';
import { Drain } from './drain.js';
import { refuseDurable } from './durable-providers.js';
import { injectByType } from './handler-parameters.js';
import { bindEverywhere, bindWhereNeeded } from './interceptor-binding.js';
import { preparePlatform } from './platforms/prepare-platform.js';

/**
 * What there is once in an application, however often `BackgroundTasksModule` is imported.
 *
 * Life cycle: the constructor decorates handler parameters, before Nest reads them; `configure`
 * binds the interceptor and prepares the platform, when the options are known and before middleware
 * and routes are registered; `onModuleInit` checks the dependency trees.
 */
@Global()
@Module({
  providers: [BackgroundTasksEvents, BackgroundTasksRunner, Drain],
  exports: [BackgroundTasksEvents, BackgroundTasksRunner, Drain],
})
export class BackgroundTasksCoreModule implements NestModule, OnModuleInit {
  constructor(
    @Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Optional() @Inject(CurrentRequest) private readonly currentRequest?: CurrentRequest,
  ) {
    if (currentRequest !== undefined) runner.enterCallsWith((call, fn) => currentRequest.enter(call, fn));
    injectByType(controllersOf(modules));
  }

  configure(): void {
    const controllers = controllersOf(this.modules);
    if (this.runner.options.bind === 'everywhere') bindEverywhere(controllers);
    else bindWhereNeeded(controllers, dependantsOnTasks(this.modules));
    const { runner, currentRequest } = this;
    preparePlatform(this.adapterHost.httpAdapter, this.modules, { runner, currentRequest });
  }

  onModuleInit(): void {
    // with Scope.DEFAULT, what is kept for later requests finds each of them
    if (this.currentRequest === undefined) refuseDurable(dependantsOnTasks(this.modules));
  }
}
