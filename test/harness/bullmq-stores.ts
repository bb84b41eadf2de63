import { randomUUID } from 'node:crypto';
import { type IQueueBackend, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { BullMqEngine, type BullMqEngineOptions } from '../../libs/background-tasks/src/bullmq/bullmq-engine.js';
import { PostgresBackends } from '../../libs/background-tasks/src/bullmq/postgres-backends.js';
import type { EngineStore } from '../../libs/background-tasks/src/durable/scene.contract.js';
import { newDatabase, type OwnDatabase, type PostgresSettings } from './postgres.js';

/** Options of an engine of a test; what it warns of is kept in `warnings`. */
export function engineOptions(options: Partial<BullMqEngineOptions>, warnings: string[] = []): BullMqEngineOptions {
  return {
    connection: {},
    backend: 'redis',
    queue: `test-${randomUUID()}`,
    submitTimeout: 5000,
    keepCompleted: { age: 3_600_000, count: 1000 },
    keepFailed: { age: 3_600_000 },
    migrate: true,
    log: { warn: (line) => warnings.push(line) },
    ...options,
  };
}

/** A store of a test: a queue of its own. */
abstract class BullMqStore implements EngineStore {
  readonly lease = 1000;
  readonly checkEvery = 300;
  readonly options: BullMqEngineOptions;
  readonly #engines: BullMqEngine[] = [];

  constructor(options: Partial<BullMqEngineOptions>) {
    this.options = engineOptions(options);
  }

  engine(): BullMqEngine {
    const engine = new BullMqEngine(this.options);
    this.#engines.push(engine);
    return engine;
  }

  abstract lapse(id: string): Promise<void>;
  abstract putForeign(data: object | null): Promise<string>;

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close(2000)));
  }
}

export class RedisStore extends BullMqStore {
  readonly #client: Redis;

  constructor(connection: { readonly host: string; readonly port: number }) {
    super({ connection });
    this.#client = new Redis(connection);
  }

  /** Its lock is gone, as if it had not been renewed. */
  async lapse(id: string): Promise<void> {
    await this.#client.del(`bull:${this.options.queue}:${id}:lock`);
  }

  async putForeign(data: object | null): Promise<string> {
    const { queue, connection } = this.options;
    const foreign = new Queue(queue, { connection: connection as object });
    const { id = '' } = await foreign.add('foreign', data);
    await foreign.close();
    return id;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#client.disconnect();
  }
}

/** A database for the tests of one file. */
export class Database {
  readonly connection: PostgresSettings;
  readonly #database: OwnDatabase;

  private constructor(database: OwnDatabase) {
    this.connection = database.settings;
    this.#database = database;
  }

  static async create(): Promise<Database> {
    return new Database(await newDatabase());
  }

  drop(): Promise<void> {
    return this.#database.drop();
  }
}

export class PostgresStore extends BullMqStore {
  readonly #client: Client;
  readonly #connected: Promise<unknown>;

  constructor(connection: Database['connection']) {
    super({ connection, backend: 'postgres' });
    this.#client = new Client(connection);
    this.#connected = this.#client.connect();
  }

  /** Its lock is over, and cannot be renewed. */
  async lapse(id: string): Promise<void> {
    await this.#connected;
    await this.#client.query(
      `UPDATE bullmq.job SET locked_until_ms = 0, lock_token = 'nobody' WHERE queue = $1 AND id = $2`,
      [this.options.queue, id],
    );
  }

  async putForeign(data: object | null): Promise<string> {
    const { queue, connection } = this.options;
    const { submitting } = new PostgresBackends(connection, 5000, false);
    const foreign = new Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, unknown>(
      queue,
      { connection },
      submitting,
    );
    const { id = '' } = await foreign.add('foreign', data);
    await foreign.close();
    return id;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#connected;
    await this.#client.end();
  }
}
