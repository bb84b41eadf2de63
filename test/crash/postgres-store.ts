import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { OwnPostgres } from '../harness/own-postgres.js';
import { newDatabase, type OwnDatabase, type PostgresSettings } from '../harness/postgres.js';
import type { Address, EngineChoice, Store } from './store.js';

/** How an engine on PostgreSQL is chosen, and where its jobs are. */
interface Tables {
  readonly system: EngineChoice['system'];
  readonly own: Readonly<Record<string, unknown>>;
  readonly jobs: string;
}

export const BULLMQ: Tables = { system: 'bullmq', own: { backend: 'postgres' }, jobs: 'bullmq.job WHERE queue' };
export const PG_BOSS: Tables = { system: 'pg-boss', own: {}, jobs: 'pgboss.job WHERE name' };

export class PostgresStore implements Store {
  readonly address: Address;
  readonly #tables: Tables;
  readonly #settings: PostgresSettings;
  readonly #own?: OwnPostgres;
  readonly #database?: OwnDatabase;

  private constructor(tables: Tables, server: OwnPostgres | OwnDatabase) {
    this.#tables = tables;
    this.#settings = server.settings;
    this.address = server.settings;
    if (server instanceof OwnPostgres) this.#own = server;
    else this.#database = server;
  }

  static async open(tables: Tables, mayBeKilled = false): Promise<Store> {
    return new PostgresStore(tables, mayBeKilled ? await OwnPostgres.start() : await newDatabase());
  }

  choose({ host, port }: Address = this.address): EngineChoice {
    const { system, own } = this.#tables;
    const connection = { ...this.#settings, host, port };
    return { system, options: { ...own, connection, queue: `crash-${randomUUID()}` } };
  }

  left(queue: string): Promise<number> {
    return this.#count(`state::text NOT IN ('completed', 'failed', 'cancelled')`, queue);
  }

  failed(queue: string): Promise<number> {
    return this.#count(`state::text = 'failed'`, queue);
  }

  async kill(): Promise<void> {
    await this.#own?.kill();
  }

  async startAgain(): Promise<void> {
    await this.#own?.startAgain();
  }

  async cutOff(): Promise<void> {
    const others = 'datname = current_database() AND pid <> pg_backend_pid()';
    await this.#ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`);
  }

  async close(): Promise<void> {
    await this.#own?.stop();
    await this.#database?.drop();
  }

  async #count(which: string, queue: string): Promise<number> {
    const [row] = await this.#ask(`SELECT count(*)::int AS n FROM ${this.#tables.jobs} = $1 AND ${which}`, [queue]);
    return Number(row?.['n']);
  }

  async #ask(text: string, values: unknown[] = []): Promise<Array<Record<string, unknown>>> {
    const client = new Client(this.#settings);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows;
    } finally {
      await client.end();
    }
  }
}
