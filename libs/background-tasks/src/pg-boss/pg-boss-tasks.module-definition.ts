import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PgBossTasksModuleOptions } from './pg-boss-tasks.options.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<PgBossTasksModuleOptions>({ moduleName: 'PgBossTasks' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createPgBossTasksOptions')
    .build();
