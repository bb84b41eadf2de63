/**
 * An open transaction of PostgreSQL: a client of `pg`, a QueryRunner of TypeORM, or what the adapters of pg-boss make of
 * those of Knex, Kysely, Drizzle and Prisma.
 */
export type DurableTransaction =
  | { query(text: string, values?: unknown[]): Promise<unknown> }
  | { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };

/** A durable batch, as its engine has it now. */
export interface DurableBatch {
  /** A UUID, the one that its steps and events have as `batchId`. */
  readonly id: string;
  /**
   * `held`: its response is not over. `waiting`: for a worker, or for the next attempt of a step. `active`: a worker runs
   * it. `failed`: a step has used up its attempts; `redrive()` goes on there.
   */
  readonly state: 'held' | 'waiting' | 'active' | 'completed' | 'failed';
  /** The names that its steps were given by `@DurableTask`, in order. */
  readonly tasks: readonly string[];
  /** How many of its steps are done: the index of the one that comes next. */
  readonly cursor: number;
  /** What the last failed attempt of that step has thrown, in one line. */
  readonly error?: string;
}

/**
 * The durable batches that an engine has: injectable wherever the module of an engine is imported.
 *
 * Each method asks the engine, and rejects where that cannot be reached. What an engine has removed, since it is older
 * than `keepCompleted` or `keepFailed`, is not there any more.
 */
export abstract class DurableBatches {
  /** The batch with this id, in whatever state; `undefined` where there is none. */
  abstract get(id: string): Promise<DurableBatch | undefined>;

  /**
   * Those that have failed, the latest first, `limit` of them at most.
   *
   * @param options `limit` is 100 by default.
   */
  abstract failed(options?: { limit?: number }): Promise<DurableBatch[]>;

  /**
   * Has a failed batch go on, at the step that failed: what is done is not done again, and the attempts of the step count
   * anew.
   *
   * @throws Error by rejecting, with the id and the state, where it is not failed, or not there.
   */
  abstract redrive(id: string): Promise<void>;

  /**
   * Takes a batch that is held, waits, or has failed out of the engine: nothing of it runs any more.
   *
   * Resolves to false where it is too late: it runs, is over, or is not there.
   */
  abstract cancel(id: string): Promise<boolean>;
}
