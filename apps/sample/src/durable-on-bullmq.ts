import type { DynamicModule } from '@nestjs/common';
import { BullMqTasksModule, type BullMqTasksModuleOptions } from 'nestjs-background-tasks/bullmq';

export function onBullMq(options: BullMqTasksModuleOptions): DynamicModule {
  return BullMqTasksModule.forRoot(options);
}
