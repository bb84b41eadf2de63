import { type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import { DurableBatches } from '../core/tasks/durable-batches.js';
import { DurableRuntime } from '../durable/durable-runtime.js';
import { engineProviders } from '../durable/provide-engine.js';
import { BullMqEngine } from './bullmq-engine.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './bullmq-tasks.module-definition.js';
import { BULLMQ_DEFAULTS, type BullMqTasksModuleOptions, resolveBullMqOptions } from './bullmq-tasks.options.js';

/**
 * Has durable tasks stored in BullMQ before the response is sent, and run by workers after it: this process is one of them,
 * unless `worker` is false.
 *
 * Import it once, in the root module, beside `BackgroundTasksModule`; of all modules of engines, one. A process that runs
 * tasks and serves nothing is `NestFactory.createApplicationContext(AppModule)`. Redis needs `appendonly yes` and
 * `maxmemory-policy noeviction`, or what it has stored can be lost; the log says so at the start.
 *
 * @example
 * @Module({ imports: [BackgroundTasksModule, BullMqTasksModule.forRoot({ connection: { host: 'localhost' } })] })
 */
@Global()
@Module({
  providers: engineProviders<BullMqTasksModuleOptions>(
    {
      module: 'BullMqTasksModule',
      engineName: 'BullMQ',
      defaults: BULLMQ_DEFAULTS,
      make: (options, log) => new BullMqEngine({ ...resolveBullMqOptions(options), log }),
    },
    MODULE_OPTIONS_TOKEN,
    () => BullMqTasksModule,
  ),
  exports: [DurableBatches],
})
export class BullMqTasksModule extends ConfigurableModuleClass {
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
