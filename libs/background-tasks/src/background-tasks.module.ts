import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import { BackgroundTasksCoreModule } from './background-tasks-core.module.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
} from './background-tasks.module-definition.js';
import { type BackgroundTasksModuleOptions, resolveOptions } from './background-tasks.options.js';
import { BackgroundTasksRunner } from './background-tasks.runner.js';

/**
 * Makes `BackgroundTasks` injectable in every module of the application.
 *
 * Import it bare for the defaults. It may be imported any number of times, but with options only
 * once: with others, the application does not start.
 *
 * @example
 * @Module({ imports: [BackgroundTasksModule] })
 * @Module({ imports: [BackgroundTasksModule.forRoot({ onFailure: 'continue' })] })
 */
@Module({ imports: [BackgroundTasksCoreModule] })
export class BackgroundTasksModule extends ConfigurableModuleClass {
  /** @throws TypeError for an option or a value that does not exist. */
  constructor(
    @Inject(BackgroundTasksRunner) runner: BackgroundTasksRunner,
    @Optional() @Inject(MODULE_OPTIONS_TOKEN) options: BackgroundTasksModuleOptions = {},
  ) {
    super();
    // none at all is what a bare import brings: it leaves the options to another import
    const resolved = resolveOptions(options);
    if (Object.keys(options).length > 0) runner.configure(resolved);
  }

  /** With options known now. */
  static override forRoot(options: BackgroundTasksModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** With options from a factory, a class, or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }
}
