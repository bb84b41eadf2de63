import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BackgroundTasksModuleExtras, BackgroundTasksModuleOptions } from '../options/background-tasks.options.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<BackgroundTasksModuleOptions>({ moduleName: 'BackgroundTasks' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createBackgroundTasksOptions')
    .setExtras<BackgroundTasksModuleExtras>({ scope: undefined })
    .build();
