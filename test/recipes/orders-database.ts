import { createRequire } from 'node:module';
import { defineEntity, p } from '@mikro-orm/core';
import { SqliteDriver } from '@mikro-orm/sql';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';

export const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: { id: p.integer().primary(), state: p.string(), note: p.string() },
});

export class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

/** What is needed of sql.js, which has no types. */
interface SqlJs {
  readonly Database: new () => Database;
}
interface Database {
  prepare(sql: string): Statement;
  getRowsModified(): number;
  close(): void;
}
interface Statement {
  bind(parameters: readonly unknown[]): boolean;
  step(): boolean;
  getAsObject(): Record<string, unknown>;
  free(): boolean;
}

const startSqlJs = createRequire(import.meta.url)('sql.js') as () => Promise<SqlJs>;

/** A database in memory, on every Node and without anything to compile: SQLite as WebAssembly. */
export async function ordersDatabase() {
  const { Database } = await startSqlJs();
  const dialect = new SqliteDialect({ database: asKyselyWants(new Database()) });
  return { driver: SqliteDriver, dbName: ':memory:', driverOptions: dialect, entities: [Order] };
}

function asKyselyWants(database: Database): SqliteDatabase {
  return { prepare: (sql) => statement(database, sql), close: () => database.close() };
}

function statement(database: Database, sql: string): SqliteStatement {
  const all = (parameters: readonly unknown[]): unknown[] => {
    const prepared = database.prepare(sql);
    prepared.bind(parameters);
    const rows: unknown[] = [];
    while (prepared.step()) rows.push(prepared.getAsObject());
    prepared.free();
    return rows;
  };
  const run = (parameters: readonly unknown[]): { changes: number; lastInsertRowid: number } => {
    all(parameters);
    return { changes: database.getRowsModified(), lastInsertRowid: 0 };
  };
  const reader = /^\s*(select|pragma|with)|\breturning\b/i.test(sql);
  return { reader, all, run, iterate: (parameters) => all(parameters).values() };
}
