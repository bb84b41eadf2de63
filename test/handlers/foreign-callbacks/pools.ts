import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from 'node:timers';
import { createConnection, createPool } from 'mysql2';
import { Pool as PostgresPool } from 'pg';
import { postgres, withoutPostgres } from '../../harness/postgres.js';

/** Something that is asked by one request, and calls back in the async context of another. */
export interface Pool {
  ask(callback: (error?: Error | null) => void): void;
  end(): Promise<unknown> | void;
}

export interface PoolKind {
  readonly name: string;
  readonly make: () => Pool;
  /** Why it cannot be tried here. */
  readonly absence?: string | undefined;
}

/** One connection, which calls back where it was opened: by the first that asked. */
export class SharedConnection implements Pool {
  #opened?: AsyncResource;

  ask(callback: () => void): void {
    const opened = (this.#opened ??= new AsyncResource('connection'));
    setImmediate(() => opened.runInAsyncScope(callback));
  }

  end(): void {}
}

const mysql = {
  host: process.env['MYSQL_HOST'] ?? '127.0.0.1',
  user: process.env['MYSQL_USER'] ?? 'root',
  database: process.env['MYSQL_DATABASE'] ?? 'test',
  connectTimeout: 1000,
  connectionLimit: 1,
};

const absence = await withoutPostgres();
const settings = absence === undefined ? await postgres() : undefined;

function postgresPool(): Pool {
  const pool = new PostgresPool({ ...settings, max: 1 });
  return { ask: (callback) => pool.query('select 1', (error) => callback(error)), end: () => pool.end() };
}

function mysqlPool(): Pool {
  const pool = createPool(mysql);
  return {
    ask: (callback) => void pool.query('select 1', (error) => callback(error)),
    end: () => pool.promise().end(),
  };
}

async function withoutMysql(): Promise<string | undefined> {
  const connection = createConnection(mysql);
  try {
    return await new Promise((resolve) => connection.connect((error) => resolve(error?.message)));
  } finally {
    connection.destroy();
  }
}

export const poolKinds: readonly PoolKind[] = [
  { name: 'a connection that calls back where it was opened', make: () => new SharedConnection() },
  { name: 'pg', make: postgresPool, absence },
  { name: 'mysql2', make: mysqlPool, absence: await withoutMysql() },
];
