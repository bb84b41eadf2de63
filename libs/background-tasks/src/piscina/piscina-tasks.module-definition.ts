import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PiscinaTasksModuleOptions } from './worker-pool.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<PiscinaTasksModuleOptions>({ moduleName: 'PiscinaTasks' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createPiscinaTasksOptions')
    .build();
