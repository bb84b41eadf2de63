import { type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import { DurableBatches } from '../core/tasks/durable-batches.js';
import { DurableRuntime } from '../durable/durable-runtime.js';
import { engineProviders } from '../durable/provide-engine.js';
import { PgBossEngine } from './pg-boss-engine.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './pg-boss-tasks.module-definition.js';
import { PG_BOSS_DEFAULTS, type PgBossTasksModuleOptions, resolvePgBossOptions } from './pg-boss-tasks.options.js';

/**
 * Has durable tasks stored in PostgreSQL by pg-boss before the response is sent, and run by workers after it: this process
 * is one of them, unless `worker` is false.
 *
 * Import it once, in the root module, beside `BackgroundTasksModule`; of all modules of engines, one. A process that runs
 * tasks and serves nothing is `NestFactory.createApplicationContext(AppModule)`. With it, `tasks.persistIn(transaction)`
 * stores tasks in the transaction of the application's own writes.
 *
 * @example
 * @Module({ imports: [BackgroundTasksModule, PgBossTasksModule.forRoot({ connection: { host: 'localhost' } })] })
 */
@Global()
@Module({
  providers: engineProviders<PgBossTasksModuleOptions>(
    {
      module: 'PgBossTasksModule',
      engineName: 'pg-boss',
      defaults: PG_BOSS_DEFAULTS,
      make: (options, log) => new PgBossEngine({ ...resolvePgBossOptions(options), log }),
    },
    MODULE_OPTIONS_TOKEN,
    () => PgBossTasksModule,
  ),
  exports: [DurableBatches],
})
export class PgBossTasksModule extends ConfigurableModuleClass {
  constructor(@Inject(DurableRuntime) readonly runtime: DurableRuntime) {
    super();
  }

  /** With options known now. Wrong ones end the start. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }

  /** With options from a factory, a class, or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
