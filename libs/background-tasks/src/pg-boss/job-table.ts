import type { DurableBatch } from '../core/tasks/durable-batches.js';
import type { Progress } from '../durable/engine.js';
import type { Database } from './database.js';
import { batchIn, outputOf, type Row, textOf } from './job-data.js';

/** The attempt of a job that one worker has: each claim of pg-boss counts `retryCount` up. */
export interface Attempt {
  readonly id: string;
  readonly retryCount: number;
}

/** The most that one look at the failed ones can find. */
const MOST = 100_000;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether it can be the id of a job: PostgreSQL refuses to look for others. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}

/** Data of pg-boss as an object, whatever somebody else has put there. */
const OBJECT = `CASE WHEN jsonb_typeof(data) = 'object' AND data -> 'batch' IS NOT NULL THEN data ELSE jsonb_build_object('batch', data) END`;
const HANDLED = `CASE WHEN jsonb_typeof(data -> 'handled') = 'number' THEN (data -> 'handled')::int ELSE 0 END`;

/**
 * The jobs of one queue, where the API of pg-boss does not do: it updates no active job, waits whole seconds, and finds
 * no failed ones.
 *
 * Each statement is one look and one change, so no other process comes in between.
 */
export class JobTable {
  readonly #database: Database;
  readonly #table: string;
  readonly #now: string;
  readonly #queue: string;

  constructor(database: Database, { schema, queue }: { readonly schema: string; readonly queue: string }) {
    this.#database = database;
    this.#table = `${schema}.job`;
    this.#now = `${schema}.job_now()`;
    this.#queue = queue;
  }

  async find(id: string): Promise<DurableBatch | undefined> {
    if (!isUuid(id)) return undefined;
    const [row] = await this.#select(`AND id = $2 AND state <> 'cancelled'`, [id]);
    return row;
  }

  /** Those that have failed, the latest first. */
  failed(limit: number): Promise<DurableBatch[]> {
    return this.#select(`AND state = 'failed' ORDER BY completed_on DESC, created_on DESC LIMIT $2`, [
      Math.min(Math.max(0, limit), MOST),
    ]);
  }

  /** Deletes a job that nobody runs, and that is not completed. */
  async delete(id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    const deleted = `DELETE FROM ${this.#table} WHERE name = $1 AND id = $2 AND state IN ('created', 'retry', 'failed') RETURNING id`;
    return this.#changes(deleted, [id]);
  }

  /** Has a failed job go on where it was, as if it had never failed. */
  async reopen(id: string, keep: { readonly completed: number; readonly waiting: number }): Promise<boolean> {
    if (!isUuid(id)) return false;
    const data = `${OBJECT} || jsonb_build_object('handled', retry_count + 1, 'progress',
      jsonb_build_object('cursor', coalesce(data -> 'progress' -> 'cursor', '0'), 'failures', 0))`;
    const changes = `state = 'retry', data = ${data}, output = NULL, completed_on = NULL, start_after = ${this.#now},
      deletion_seconds = $3, keep_until = ${this.#now} + $4 * interval '1 second'`;
    return this.#changes(`${this.#update(changes)} AND state = 'failed' RETURNING id`, [
      id,
      keep.completed,
      keep.waiting,
    ]);
  }

  /** Renews the claim of this attempt, where it still holds. */
  touch(attempt: Attempt): Promise<boolean> {
    return this.#fenced(attempt, `heartbeat_on = ${this.#now}`, []);
  }

  /** Writes progress down, where this attempt still has the job; that renews its claim, too. */
  checkpoint(attempt: Attempt, progress: Progress): Promise<boolean> {
    return this.#fenced(
      attempt,
      `heartbeat_on = ${this.#now}, data = ${OBJECT} || jsonb_build_object('progress', $4::jsonb)`,
      [textOf(progress)],
    );
  }

  /** Has the job wait for another worker, or for its next attempt; counts as no crash. */
  putBack(attempt: Attempt, milliseconds: number, error?: string): Promise<boolean> {
    const changes = `state = 'retry', start_after = ${this.#now} + $4::float8 * interval '1 millisecond',
      heartbeat_on = NULL, output = $5::jsonb, data = ${OBJECT} || jsonb_build_object('handled', ${HANDLED} + 1)`;
    return this.#fenced(attempt, changes, [milliseconds, outputOf(error)]);
  }

  complete(attempt: Attempt): Promise<boolean> {
    return this.#fenced(attempt, `state = 'completed', completed_on = ${this.#now}, output = NULL`, []);
  }

  /** Has the job wait until somebody redrives it, for so many seconds. */
  fail(attempt: Attempt, error: string, keep: number): Promise<boolean> {
    const changes = `state = 'failed', completed_on = clock_timestamp(), heartbeat_on = NULL, output = $4::jsonb, deletion_seconds = $5`;
    return this.#fenced(attempt, changes, [outputOf(error), keep]);
  }

  /** How many milliseconds ago the transaction began by whose time pg-boss reckons. */
  static async age(transaction: Database): Promise<number> {
    const statement = `SELECT extract(epoch FROM clock_timestamp() - now())::float8 * 1000 AS age`;
    const [row] = await rowsOf<{ readonly age: number }>(transaction, statement);
    return row?.age ?? 0;
  }

  async #select(which: string, values: unknown[]): Promise<DurableBatch[]> {
    const state = `CASE WHEN state = 'created' AND start_after > ${this.#now} THEN 'held'
      WHEN state IN ('created', 'retry') THEN 'waiting' ELSE state::text END AS state`;
    const statement = `SELECT id, data, output, ${state} FROM ${this.#table} WHERE name = $1 ${which}`;
    return (await rowsOf<Row>(this.#database, statement, [this.#queue, ...values])).map(batchIn);
  }

  #fenced({ id, retryCount }: Attempt, changes: string, values: unknown[]): Promise<boolean> {
    const statement = `${this.#update(changes)} AND state = 'active' AND retry_count = $3 RETURNING id`;
    return this.#changes(statement, [id, retryCount, ...values]);
  }

  #update(changes: string): string {
    return `UPDATE ${this.#table} SET ${changes} WHERE name = $1 AND id = $2`;
  }

  async #changes(statement: string, values: unknown[]): Promise<boolean> {
    return (await rowsOf(this.#database, statement, [this.#queue, ...values])).length > 0;
  }
}

async function rowsOf<T>(database: Database, statement: string, values?: unknown[]): Promise<T[]> {
  // what a statement of this file returns is known here, and to nobody else
  return (await database.executeSql(statement, values)).rows as T[];
}
