import { Global, Inject, Module, Scope } from '@nestjs/common';
import { ModulesContainer, REQUEST } from '@nestjs/core';
import { BackgroundTasks } from '../tasks/background-tasks.js';
import { ConflictingScopesError } from '../errors/background-tasks.errors.js';
import { BackgroundTasksRunner } from '../running/background-tasks.runner.js';
import { DefaultScope } from './default-scope.js';
import { CurrentTasks, tasksOf } from '../handlers/injected-tasks.js';

/** Provides `BackgroundTasks` with `Scope.REQUEST`: one for each request. */
@Global()
@Module({
  providers: [
    { provide: BackgroundTasks, scope: Scope.REQUEST, useFactory: tasksOf, inject: [REQUEST, BackgroundTasksRunner] },
  ],
  exports: [BackgroundTasks],
})
export class RequestScopeModule {}

/** Provides `BackgroundTasks` with `Scope.DEFAULT`: one for all requests, which finds its own. */
@Global()
@Module({
  providers: [
    {
      provide: BackgroundTasks,
      useFactory: (runner: BackgroundTasksRunner) => new CurrentTasks(runner),
      inject: [BackgroundTasksRunner],
    },
    DefaultScope,
  ],
  exports: [BackgroundTasks, DefaultScope],
})
export class DefaultScopeModule {
  /** @throws Error when another import asks for `Scope.REQUEST`: there can be one `BackgroundTasks` only. */
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    const metatypes = Array.from(modules.values(), ({ metatype }) => metatype);
    if (metatypes.includes(RequestScopeModule)) throw new ConflictingScopesError();
  }
}
