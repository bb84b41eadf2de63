import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { givesNoMiddlewareToFastify } from '../core/http/platforms/middleware-modules.js';
import { callMiddlewareLast } from '../core/nest/last-middleware.js';
import { BackgroundTasksEvents, failedAttemptsOf } from '../core/reports/background-tasks.events.js';
import { BackgroundTasksRunner } from '../core/running/background-tasks.runner.js';
import { Inspector } from './inspector.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './inspector.module-definition.js';
import { type InspectorModuleOptions, resolveInspectorOptions } from './inspector.options.js';
import { mount } from './mount.js';

/**
 * A page that shows, live, what the tasks of this process do, and how long after their response.
 *
 * Import it in the root module, beside `BackgroundTasksModule`. It keeps the latest batches in memory, up to 8 MiB, and
 * nothing anywhere else. No guard of the application protects it: `authorize` does.
 *
 * Life cycle: `configure` mounts it, and from then on it keeps what is told; `beforeApplicationShutdown` ends the streams
 * of those who look.
 *
 * @example
 * InspectorModule.forRoot({ path: 'inspector', authorize: (request) => request.user?.isAdmin === true })
 */
@Module({})
export class InspectorModule
  extends ConfigurableModuleClass
  implements NestModule, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #inspector: Inspector;
  readonly #path: string;
  readonly #events: BackgroundTasksEvents;
  #stop: () => void = () => undefined;

  /** @throws TypeError for an option or a value that does not exist. */
  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) given: InspectorModuleOptions,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(BackgroundTasksEvents) events?: BackgroundTasksEvents,
    @Optional() @Inject(BackgroundTasksRunner) runner?: BackgroundTasksRunner,
  ) {
    super();
    const options = resolveInspectorOptions(given);
    if (events === undefined || runner === undefined) throw needsBackgroundTasksModule();
    this.#events = events;
    this.#path = options.path;
    this.#inspector = new Inspector(options, () => runner.stats());
    callMiddlewareLast(InspectorModule, modules);
  }

  /** With options known now. Wrong ones end the start. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options);
  }

  /** With options from a factory, a class, or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  configure(consumer: MiddlewareConsumer): void {
    const { adapterHost, config } = this;
    this.#follow();
    mount(this.#inspector, { path: this.#path, adapter: adapterHost.httpAdapter, config, consumer });
  }

  #follow(): void {
    const { store } = this.#inspector;
    const told = this.#events.events$.subscribe((event) => store.tell(event));
    told.add(failedAttemptsOf(this.#events).subscribe((attempt) => store.tellFailedAttempt(attempt)));
    this.#stop = () => told.unsubscribe();
  }

  beforeApplicationShutdown(): void {
    this.#inspector.viewers.close();
  }

  onApplicationShutdown(): void {
    this.#stop();
  }
}

givesNoMiddlewareToFastify(InspectorModule);

function needsBackgroundTasksModule(): Error {
  return new Error('Cannot start InspectorModule alone: import BackgroundTasksModule, too, in the root module.');
}
