import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
} from './piscina-tasks.module-definition.js';
import { type PiscinaTasksModuleOptions, WorkerPool } from './worker-pool.js';

/**
 * Gives an application worker threads of its own, and ends them when it shuts down.
 *
 * Without this module, a `WorkerTask` runs in threads with Piscina's defaults, which the process
 * starts with the first such task and keeps; they do not keep the process alive. Import it once, in
 * the root module, beside `BackgroundTasksModule`. Of several applications in one process, the one
 * started last runs the worker tasks of all.
 *
 * Life cycle: `onModuleInit` starts the threads; `onApplicationShutdown` ends them, after the drain,
 * since Nest shuts global modules down last.
 *
 * @example
 * @Module({ imports: [BackgroundTasksModule, PiscinaTasksModule.forRoot({ maxThreads: 2 })] })
 */
@Global()
@Module({})
export class PiscinaTasksModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationShutdown {
  #pool?: WorkerPool;

  constructor(@Optional() @Inject(MODULE_OPTIONS_TOKEN) private readonly options: PiscinaTasksModuleOptions = {}) {
    super();
  }

  /** With options known now. */
  static override forRoot(options: PiscinaTasksModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** With options from a factory, a class, or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** @throws TypeError for a value that does not exist. */
  onModuleInit(): void {
    this.#pool = WorkerPool.open(this.options);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool?.close();
  }
}
