/** Compiled, never run: every line marked as an error has to be one. */
import { expectTypeOf } from 'expect-type';
import {
  type BackgroundTasks,
  type DurableBatch,
  type DurableBatches,
  DurableTask,
  type DurableTransaction,
} from 'nestjs-background-tasks';
import { BullMqTasksModule, type BullMqTasksModuleOptions } from 'nestjs-background-tasks/bullmq';
import { PgBossTasksModule, type PgBossTasksModuleOptions } from 'nestjs-background-tasks/pg-boss';
import type { Client, Pool, PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';

declare const tasks: BackgroundTasks;
declare const client: Client;
declare const poolClient: PoolClient;
declare const pool: Pool;
declare const queryRunner: QueryRunner;

class Mailer {
  // @ts-expect-error a property
  @DurableTask('mail.property')
  readonly from = 'us@example.org';

  // @ts-expect-error a name is needed
  @DurableTask()
  unnamed(): void {}

  @DurableTask('mail.sync')
  sync(to: string, copies?: number): string {
    return `${to} ${copies}`;
  }

  @DurableTask('mail.async')
  async send({ to }: { readonly to: string }, ...cc: string[]): Promise<void> {
    await Promise.resolve([to, cc]);
  }

  @DurableTask('mail.own')
  sendOwn(): void {
    tasks.addTask(this, 'sync', 'ada@example.org');
    // @ts-expect-error a wrong argument
    tasks.addTask(this, 'sync', 42);
  }
}

declare const mailer: Mailer;

tasks.addTask(mailer, 'send', { to: 'ada@example.org' }, 'bob@example.org');
// @ts-expect-error a wrong argument
tasks.addTask(mailer, 'send', 'ada@example.org');

expectTypeOf<BackgroundTasks['persistIn']>().returns.resolves.toEqualTypeOf<string | undefined>();
void tasks.persistIn(client);
void tasks.persistIn(poolClient);
void tasks.persistIn(pool);
void tasks.persistIn(queryRunner);
expectTypeOf(queryRunner).toExtend<DurableTransaction>();
// @ts-expect-error no transaction
void tasks.persistIn({});

expectTypeOf<DurableBatches['get']>().returns.resolves.toEqualTypeOf<DurableBatch | undefined>();
expectTypeOf<DurableBatch['state']>().toEqualTypeOf<'held' | 'waiting' | 'active' | 'completed' | 'failed'>();

BullMqTasksModule.forRoot({ connection: { host: 'localhost' } });
BullMqTasksModule.forRoot({ connection: {}, backend: 'postgres', hold: 60_000, carry: () => ({ id: 'a' }) });
BullMqTasksModule.forRootAsync({ useFactory: () => ({ connection: {} }) });
// @ts-expect-error no connection
BullMqTasksModule.forRoot({});
// @ts-expect-error no such backend
BullMqTasksModule.forRoot({ connection: {}, backend: 'mysql' });
// @ts-expect-error no such option
BullMqTasksModule.forRoot({ connection: {}, holds: 1 });
// @ts-expect-error carry returns texts
BullMqTasksModule.forRoot({ connection: {}, carry: () => ({ id: 1 }) });
PgBossTasksModule.forRoot({ connection: 'postgres://localhost', schema: 'tasks' });
PgBossTasksModule.forRootAsync({ useFactory: async () => ({ connection: pool }) });
// @ts-expect-error an option of BullMQ
PgBossTasksModule.forRoot({ connection: {}, backend: 'postgres' });
// @ts-expect-error callbacks cannot be stored
PgBossTasksModule.forRoot({ connection: {}, defaults: { retries: { shouldRetry: () => true } } });
expectTypeOf<BullMqTasksModuleOptions['backend']>().toEqualTypeOf<'redis' | 'postgres' | undefined>();
expectTypeOf<PgBossTasksModuleOptions['schema']>().toEqualTypeOf<string | undefined>();
