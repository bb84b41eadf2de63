import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BullMqTasksModuleOptions } from './bullmq-tasks.options.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<BullMqTasksModuleOptions>({ moduleName: 'BullMqTasks' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createBullMqTasksOptions')
    .build();
