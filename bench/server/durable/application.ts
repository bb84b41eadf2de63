import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BackgroundTasksModule } from 'nestjs-background-tasks';
import { Steps } from './steps.js';

/** An application of the library, with the tasks of this benchmark. */
export function startApplication(engine: DynamicModule): Promise<INestApplicationContext> {
  const root = { module: class Root {}, imports: [BackgroundTasksModule, engine], providers: [Steps] };
  return NestFactory.createApplicationContext(root, { logger: ['warn', 'error'] });
}
