import { Global, Inject, Module, Scope } from '@nestjs/common';
import { ModulesContainer, REQUEST } from '@nestjs/core';
import { Application } from '../calls/application.js';
import { currentTasks } from '../calls/current-tasks.js';
import { ConflictingScopesError } from '../errors/background-tasks.errors.js';
import { injectedTasks } from '../handlers/injected-tasks.js';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { DefaultScope } from './default-scope.js';

/** Provides `BackgroundTasks` with `Scope.REQUEST`: one for each request. */
@Global()
@Module({
  providers: [
    { provide: BackgroundTasks, scope: Scope.REQUEST, useFactory: injectedTasks, inject: [REQUEST, Application] },
  ],
  exports: [BackgroundTasks],
})
export class BackgroundTasksRequestScopeModule {}

/** Provides `BackgroundTasks` with `Scope.DEFAULT`: one for all requests, which finds its own. */
@Global()
@Module({
  providers: [{ provide: BackgroundTasks, useFactory: currentTasks, inject: [Application] }, DefaultScope],
  exports: [BackgroundTasks, DefaultScope],
})
export class BackgroundTasksDefaultScopeModule {
  /** @throws Error when another import asks for `Scope.REQUEST`: there can be one `BackgroundTasks` only. */
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    const metatypes = Array.from(modules.values(), ({ metatype }) => metatype);
    if (metatypes.includes(BackgroundTasksRequestScopeModule)) throw new ConflictingScopesError();
  }
}
