import { wrongValue } from '../core/errors/wording.js';
import type { DurableTasksOptions, EngineDefaults, ResolvedDurableOptions } from '../durable/durable.options.js';

/** What `BullMqTasksModule` takes. */
export interface BullMqTasksModuleOptions extends DurableTasksOptions {
  /**
   * Where Redis, Valkey, or PostgreSQL is: options of ioredis, or of a pool of `pg`; or an open client or pool of your own,
   * which is not closed. A client is duplicated, since the connection that stores has settings of its own.
   */
  connection: unknown;
  /** Which of the backends of BullMQ keeps the jobs. @default 'redis' */
  backend?: 'redis' | 'postgres';
  /** PostgreSQL: whether the tables of BullMQ are made and updated at the start. @default true */
  migrate?: boolean;
}

export const BULLMQ_DEFAULTS: EngineDefaults = {
  lease: 8_000,
  checkEvery: 3_000,
  shortestLease: 1_000,
  options: ['connection', 'backend', 'migrate'],
};

/** Those of BullMQ, complete. */
export function resolveBullMqOptions(options: BullMqTasksModuleOptions & ResolvedDurableOptions) {
  const { connection, backend = 'redis', migrate = true, keepCompleted, keepFailed } = options;
  if (typeof connection !== 'object' || connection === null) {
    throw wrongValue('connection', 'options of ioredis or pg, or an open client or pool', typeof connection);
  }
  if (backend !== 'redis' && backend !== 'postgres') throw wrongValue('backend', '`redis` or `postgres`', backend);
  if (typeof migrate !== 'boolean') throw wrongValue('migrate', '`true` or `false`', migrate);
  return {
    ...options,
    connection,
    backend,
    migrate,
    keepCompleted: { ...COMPLETED, ...keepCompleted },
    keepFailed: { ...FAILED, ...keepFailed },
  };
}

const COMPLETED = { age: 3_600_000, count: 1_000 };
const FAILED = { age: 2_592_000_000 };
