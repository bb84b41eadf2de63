import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { OwnPostgres } from '../harness/own-postgres.js';
import { newDatabase, type OwnDatabase, type PostgresSettings, withoutPostgres } from '../harness/postgres.js';
import { RedisServer, withoutRedis } from '../harness/redis.js';

/** What an application needs to know of its engine, by what JSON can carry. */
export interface EngineChoice {
  readonly system: 'bullmq' | 'pg-boss';
  readonly options: { readonly queue: string } & Readonly<Record<string, unknown>>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server with a queue for each test. */
export interface Store {
  /** A new queue; with an address, by way of that. */
  choose(by?: Address): EngineChoice;
  readonly address: Address;
  /** How many batches of a queue are held, wait, or run. */
  left(queue: string): Promise<number>;
  failed(queue: string): Promise<number>;
  /** Ends the server as a power cut would. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  /** Ends all connections at the side of the server. */
  cutOff(): Promise<void>;
  close(): Promise<void>;
}

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
    engine: 'PostgreSQL',
    absence: postgresIsMissing,
    open: (mayBeKilled) => PostgresStore.open(PG_BOSS, mayBeKilled),
  },
];

/** Resolves once no batch of `queue` is held, waits, or runs. */
export async function drained(store: Store, queue: string): Promise<void> {
  while ((await store.left(queue)) > 0) await wait(50);
}

class RedisStore implements Store {
  readonly address: Address;
  readonly #server: RedisServer;
  readonly #client: Redis;

  private constructor(server: RedisServer) {
    this.#server = server;
    this.address = { host: server.host, port: server.port };
    this.#client = new Redis(this.address);
    this.#client.on('error', () => {});
  }

  static async open(): Promise<Store> {
    return new RedisStore(await RedisServer.start());
  }

  choose({ host, port }: Address = this.address): EngineChoice {
    return { system: 'bullmq', options: { connection: { host, port }, queue: `crash-${randomUUID()}` } };
  }

  async left(queue: string): Promise<number> {
    const key = `bull:${queue}`;
    const counting = this.#client.multi().llen(`${key}:wait`).llen(`${key}:active`).zcard(`${key}:delayed`);
    // at once: a batch moves from one to the other
    return ((await counting.exec()) ?? []).reduce((sum, [, count]) => sum + Number(count), 0);
  }

  failed(queue: string): Promise<number> {
    return this.#client.zcard(`bull:${queue}:failed`);
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  startAgain(): Promise<void> {
    return this.#server.restart();
  }

  async cutOff(): Promise<void> {
    await this.#client.client('KILL', 'SKIPME', 'yes');
  }

  async close(): Promise<void> {
    this.#client.disconnect();
    await this.#server.stop();
  }
}

/** How an engine on PostgreSQL is chosen, and where its jobs are. */
interface Tables {
  readonly system: EngineChoice['system'];
  readonly own: Readonly<Record<string, unknown>>;
  readonly jobs: string;
}

const BULLMQ: Tables = { system: 'bullmq', own: { backend: 'postgres' }, jobs: 'bullmq.job WHERE queue' };
const PG_BOSS: Tables = { system: 'pg-boss', own: {}, jobs: 'pgboss.job WHERE name' };

class PostgresStore implements Store {
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
