import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  Optional,
  Scope,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { BackgroundTasksModuleOptions } from '../options/background-tasks.options.js';
import { checkAsyncKeys, checkExtras, checkRootKeys } from '../options/option-checks.js';
import { resolveOptions } from '../options/resolve-options.js';
import { Scheduler } from '../running/scheduler.js';
import { Drain } from '../shutdown/drain.js';
import { makeInterceptors } from '../start-up/make-interceptors.js';
import { prepareHandlers } from '../start-up/prepare-handlers.js';
import { settleProvidedTasks } from '../start-up/provided-tasks.js';
import { BackgroundTasksCoreModule } from './background-tasks-core.module.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './background-tasks.module-definition.js';
import { importWhenBare } from './bare-import.js';
import { DefaultScope } from './default-scope.js';
import { BackgroundTasksDefaultScopeModule, BackgroundTasksRequestScopeModule } from './scope-modules.js';
import { BackgroundTasksStandInsModule } from './stand-ins.module.js';

/** Provided where a factory makes the options. */
const OPTIONS_ARE_MADE = Symbol('OPTIONS_ARE_MADE');

/**
 * Makes `BackgroundTasks` injectable in every module of the application.
 *
 * Import it bare for the defaults. It may be imported any number of times, but with options only
 * once: with others, the application does not start. Import it in the root module, after the modules
 * of the resources that your tasks use: what stands later is shut down earlier.
 *
 * Life cycle: the constructor prepares the handlers, before Nest reads what is written about them; `onModuleDestroy`
 * and `beforeApplicationShutdown` wait for the requests in flight and their tasks; `onApplicationShutdown` waits until
 * nothing is left. This module is not global, since Nest shuts global ones down last: TypeORM and its like would be gone
 * by then.
 *
 * @example
 * @Module({ imports: [BackgroundTasksModule] })
 * @Module({ imports: [BackgroundTasksModule.forRoot({ onFailure: 'continue' })] })
 */
@Module({ imports: [BackgroundTasksCoreModule, BackgroundTasksStandInsModule] })
export class BackgroundTasksModule
  extends ConfigurableModuleClass
  implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  /** @throws TypeError for an option or a value that does not exist. */
  constructor(
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(MODULE_OPTIONS_TOKEN) given?: BackgroundTasksModuleOptions,
    @Optional() @Inject(DefaultScope) defaultScope?: DefaultScope,
    @Optional() @Inject(OPTIONS_ARE_MADE) areMade = false,
  ) {
    super();
    // what a factory forgets to return is no wish for the defaults
    const options = given === undefined && !areMade ? {} : (given as BackgroundTasksModuleOptions);
    const resolved = resolveOptions(options);
    prepareHandlers({
      application: scheduler.application,
      modules,
      bind: resolved.bind,
      hasDefaultScope: defaultScope !== undefined,
    });
    settleProvidedTasks(modules, scheduler.application);
    // none at all is what a bare import brings: it leaves the options to another import
    if (Object.keys(options).length === 0) return;
    scheduler.configure(resolved);
    const { interceptors } = resolved;
    if (interceptors.length > 0) scheduler.wrapIn(() => makeInterceptors(interceptors, this.moduleRef));
  }

  /**
   * With options known now.
   *
   * @throws TypeError for options that are none, or a scope that tasks cannot have.
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    checkExtras(options);
    try {
      checkRootKeys(options);
    } catch {
      // told like a wrong value: when the application starts
      return super.forRootAsync({
        useFactory: () => {
          checkRootKeys(options);
          return {};
        },
      });
    }
    return inScope(options.scope, super.forRoot(options));
  }

  /**
   * With options from a factory, a class, or an existing provider; `scope` stands beside it.
   *
   * @throws TypeError for options that are none or do not exist, or a scope that tasks cannot have.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    checkExtras(options);
    checkAsyncKeys(options);
    const definition = super.forRootAsync(options);
    const providers = [...(definition.providers ?? []), { provide: OPTIONS_ARE_MADE, useValue: true }];
    return inScope(options.scope, { ...definition, providers });
  }

  async onModuleDestroy(): Promise<void> {
    await this.drain.waitForKnown();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.drain.waitForKnown();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.drain.waitForAll();
  }
}

importWhenBare(BackgroundTasksModule, [BackgroundTasksRequestScopeModule]);

function inScope(scope: Scope | undefined, definition: DynamicModule): DynamicModule {
  const provides = scope === Scope.DEFAULT ? BackgroundTasksDefaultScopeModule : BackgroundTasksRequestScopeModule;
  return { ...definition, imports: [...(definition.imports ?? []), provides] };
}
