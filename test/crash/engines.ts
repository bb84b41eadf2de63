import { withoutPostgres } from '../harness/postgres.js';
import { withoutRedis } from '../harness/redis.js';
import { BULLMQ, PG_BOSS, PostgresStore } from './postgres-store.js';
import { RedisStore } from './redis-store.js';
import type { Store } from './store.js';

/** One of the engines, and where its batches are. */
export interface EngineKind {
  readonly name: string;
  /** What its module is called, and what that calls the engine. */
  readonly module: string;
  readonly engine: string;
  /** Why it cannot be tested here, if it cannot. */
  readonly absence: string | undefined;
  /** One that may be killed is for one test file alone, and takes longer to start. */
  open(mayBeKilled?: boolean): Promise<Store>;
}

const postgresIsMissing = await withoutPostgres();

export const engines: readonly EngineKind[] = [
  {
    name: 'BullMQ on Redis',
    module: 'BullMqTasksModule',
    engine: 'BullMQ',
    absence: await withoutRedis(),
    open: () => RedisStore.open(),
  },
  {
    name: 'BullMQ on PostgreSQL',
    module: 'BullMqTasksModule',
    engine: 'BullMQ',
    absence: postgresIsMissing,
    open: (mayBeKilled) => PostgresStore.open(BULLMQ, mayBeKilled),
  },
  {
    name: 'pg-boss',
    module: 'PgBossTasksModule',
    engine: 'pg-boss',
    absence: postgresIsMissing,
    open: (mayBeKilled) => PostgresStore.open(PG_BOSS, mayBeKilled),
  },
];
