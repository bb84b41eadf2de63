import { ConfigurableModuleBuilder, type DynamicModule, Global, Inject, Module } from '@nestjs/common';
import { DurableBatches } from 'nestjs-background-tasks';
import { DurableRuntime } from '../../libs/background-tasks/src/durable/durable-runtime.js';
import type { DurableTasksOptions } from '../../libs/background-tasks/src/durable/durable.options.js';
import type { DurableEngine } from '../../libs/background-tasks/src/durable/engine.js';
import { engineProviders } from '../../libs/background-tasks/src/durable/provide-engine.js';

/** What the module of a real engine takes, and the engine itself. */
export interface MemoryTasksModuleOptions extends DurableTasksOptions {
  engine: DurableEngine;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MemoryTasksModuleOptions>().setClassMethodName('forRoot').build();

/** As the modules of the engines, with one of a test's own. */
@Global()
@Module({
  providers: engineProviders<MemoryTasksModuleOptions>(
    {
      module: 'MemoryTasksModule',
      engineName: 'the memory',
      defaults: { lease: 8_000, checkEvery: 3_000, shortestLease: 1, options: ['engine'] },
      make: ({ engine }) => engine,
    },
    MODULE_OPTIONS_TOKEN,
    () => MemoryTasksModule,
  ),
  exports: [DurableBatches],
})
export class MemoryTasksModule extends ConfigurableModuleClass {
  constructor(@Inject(DurableRuntime) readonly runtime: DurableRuntime) {
    super();
  }

  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }
}
