import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BackgroundTasksModuleOptions } from './background-tasks.options.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<BackgroundTasksModuleOptions>({ moduleName: 'BackgroundTasks' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createBackgroundTasksOptions')
    .build();
