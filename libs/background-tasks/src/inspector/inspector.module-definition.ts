import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { InspectorModuleOptions } from './inspector.options.js';

/** Nest's own machinery for `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<InspectorModuleOptions>({ moduleName: 'Inspector' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createInspectorOptions')
    .build();
