import { wrongValue } from '../core/errors/wording.js';
import type { DurableTasksOptions, EngineDefaults, ResolvedDurableOptions } from '../durable/durable.options.js';

/** What `PgBossTasksModule` takes. */
export interface PgBossTasksModuleOptions extends DurableTasksOptions {
  /**
   * Where PostgreSQL is: options of a pool of `pg`, or a connection string; or an open pool or PgBoss of your own, which is
   * not closed.
   */
  connection: unknown;
  /** The schema that pg-boss has its tables in. @default 'pgboss' */
  schema?: string;
  /** Whether the tables of pg-boss are made and updated at the start. @default true */
  migrate?: boolean;
}

export const PG_BOSS_DEFAULTS: EngineDefaults = {
  lease: 10_000,
  checkEvery: 2_000,
  shortestLease: 10_000,
  options: ['connection', 'schema', 'migrate'],
};

/** Those of pg-boss, complete. */
export function resolvePgBossOptions(options: PgBossTasksModuleOptions & ResolvedDurableOptions) {
  const { connection, schema = 'pgboss', migrate = true, keepCompleted, keepFailed } = options;
  const isText = typeof connection === 'string' && connection !== '';
  if (!isText && (typeof connection !== 'object' || connection === null)) {
    throw wrongValue('connection', 'options of pg, a connection string, or an open pool or PgBoss', typeof connection);
  }
  if (typeof schema !== 'string' || !/^[a-z_]\w{0,49}$/i.test(schema)) {
    throw wrongValue('schema', 'a name of at most 50 letters, digits and underscores', schema);
  }
  if (typeof migrate !== 'boolean') throw wrongValue('migrate', '`true` or `false`', migrate);
  const { age: completed = COMPLETED } = keepCompleted;
  const { age: failed = FAILED } = keepFailed;
  return { ...options, schema, migrate, keepCompleted: { age: completed }, keepFailed: { age: failed } };
}

const COMPLETED = 3_600_000;
const FAILED = 2_592_000_000;
