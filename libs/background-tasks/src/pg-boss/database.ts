import type { DurableTransaction } from '../core/tasks/durable-batches.js';

/** What pg-boss runs its statements on. */
export interface Database {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** What sends a statement, by the shape that clients and pools of `pg` and QueryRunners of TypeORM have in common. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** The open transaction of a user, as pg-boss takes it. */
export function databaseOf(transaction: DurableTransaction): Database {
  return 'executeSql' in transaction ? transaction : queried(transaction);
}

export function queried(queryable: Queryable): Database {
  return { executeSql: async (text, values) => ({ rows: rowsOf(await queryable.query(text, values)) }) };
}

/** A client of `pg` resolves to a result, or several; TypeORM to the rows alone. */
function rowsOf(result: unknown): unknown[] {
  if (Array.isArray(result)) return result.flatMap((one: unknown) => (isResult(one) ? one.rows : [one]));
  return isResult(result) ? result.rows : [];
}

function isResult(value: unknown): value is { readonly rows: unknown[] } {
  return typeof value === 'object' && value !== null && 'rows' in value && Array.isArray(value.rows);
}
