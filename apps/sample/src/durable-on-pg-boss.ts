import type { DynamicModule } from '@nestjs/common';
import { PgBossTasksModule, type PgBossTasksModuleOptions } from 'nestjs-background-tasks/pg-boss';

export function onPgBoss(options: PgBossTasksModuleOptions): DynamicModule {
  return PgBossTasksModule.forRoot(options);
}
