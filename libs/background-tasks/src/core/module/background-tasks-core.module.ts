import { Global, Inject, Module, type NestModule, type OnModuleInit, Optional } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { BackgroundTasksEvents } from '../reports/background-tasks.events.js';
import { BackgroundTasksRunner } from '../running/background-tasks.runner.js';
import { gatewaysOf, handlerClassesOf } from '../nest/handler-classes.js';
import { DefaultScope } from './default-scope.js';
import { dependantsOn } from '../nest/dependants.js';
import { Drain } from '../shutdown/drain.js';
import { refuseDurable } from '../start-up/refuse-durable-providers.js';
import { refuseScopedGateways } from '../start-up/refuse-scoped-gateways.js';
import { injectByType } from '../start-up/inject-by-type.js';
import { preparePlatform } from '../http/platforms/prepare-platform.js';
import { serveMessagesOf } from '../calls/application.js';
import { followEvents } from '../graphql/subscriptions.js';

/**
 * What there is once in an application, however often `BackgroundTasksModule` is imported.
 *
 * Life cycle: the constructor decorates handlers and their parameters, before Nest reads them; `configure`
 * prepares the platform, before middleware and routes are registered; `onModuleInit` checks the
 * dependency trees.
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
    @Optional() @Inject(DefaultScope) private readonly defaultScope?: DefaultScope,
  ) {
    const classes = handlerClassesOf(modules);
    for (const each of classes) serveMessagesOf(each, runner);
    injectByType(classes);
    // elsewhere nothing could tell them which tasks are theirs
    if (defaultScope !== undefined) followEvents(classes);
  }

  configure(): void {
    const { runner, defaultScope } = this;
    const hasCurrentRequest = defaultScope !== undefined;
    preparePlatform(this.adapterHost.httpAdapter, this.modules, { runner, hasCurrentRequest });
  }

  onModuleInit(): void {
    // with Scope.DEFAULT, what is kept for later requests finds each of them
    if (this.defaultScope !== undefined) return;
    const dependants = dependantsOn(BackgroundTasks, this.modules);
    refuseDurable(dependants);
    refuseScopedGateways(gatewaysOf(this.modules), dependants);
  }
}
