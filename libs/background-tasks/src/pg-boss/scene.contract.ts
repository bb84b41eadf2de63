import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { newDatabase, type OwnDatabase } from '../../../../test/harness/postgres.js';
import type { EngineStore } from '../durable/scene.contract.js';
import { PgBossEngine, type PgBossEngineOptions } from './pg-boss-engine.js';

/** A database of its own for the specs of one file, and what they ask of it past the engine. */
export class TestDatabase {
  readonly settings: OwnDatabase['settings'];
  readonly pool: Pool;
  readonly #database: OwnDatabase;

  constructor(database: OwnDatabase) {
    this.#database = database;
    this.settings = database.settings;
    this.pool = new Pool(database.settings);
    // those that are idle when the database is dropped
    this.pool.on('error', () => {});
  }

  static async open(): Promise<TestDatabase> {
    return new TestDatabase(await newDatabase());
  }

  async drop(): Promise<void> {
    await this.pool.end();
    await this.#database.drop();
  }

  store(options: Partial<PgBossEngineOptions> = {}): TestStore {
    return new TestStore(this, options);
  }

  async ask(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.pool.query<Record<string, unknown>>(text, values)).rows;
  }
}

/** A queue of its own for one test. */
export class TestStore implements EngineStore {
  readonly lease = 10_000;
  readonly checkEvery = 1000;
  readonly queue = `test-${randomUUID()}`;
  readonly lines: string[] = [];
  readonly options: PgBossEngineOptions;
  readonly #database: TestDatabase;
  readonly #engines: PgBossEngine[] = [];

  constructor(database: TestDatabase, options: Partial<PgBossEngineOptions>) {
    this.#database = database;
    this.options = {
      connection: database.settings,
      schema: 'pgboss',
      queue: this.queue,
      submitTimeout: 5000,
      keepCompleted: { age: 3_600_000 },
      keepFailed: { age: 2_592_000_000 },
      migrate: true,
      log: { warn: (line) => this.lines.push(line) },
      ...options,
    };
  }

  engine(options: Partial<PgBossEngineOptions> = {}): PgBossEngine {
    const engine = new PgBossEngine({ ...this.options, ...options });
    this.#engines.push(engine);
    return engine;
  }

  async lapse(id: string): Promise<void> {
    const claim = `name = $1 AND id = $2 AND state = 'active'`;
    const [before] = await this.#ask(`SELECT retry_count FROM pgboss.job WHERE ${claim}`, [id]);
    // a heartbeat may come in between
    for (;;) {
      const silent = `UPDATE pgboss.job SET heartbeat_on = 'epoch' WHERE ${claim} AND retry_count = $3 RETURNING id`;
      if ((await this.#ask(silent, [id, before?.['retry_count']])).length === 0) return;
      await wait(100);
    }
  }

  async putForeign(data: object | null): Promise<string> {
    const id = randomUUID();
    const insert = 'INSERT INTO pgboss.job (name, id, data, retry_limit, heartbeat_seconds) VALUES ($1, $2, $3, 9, 10)';
    await this.#ask(insert, [id, data === null ? null : JSON.stringify(data)]);
    return id;
  }

  /** The job of a batch, as the table has it. */
  async job(id: string): Promise<Record<string, unknown> | undefined> {
    return (await this.#ask('SELECT * FROM pgboss.job WHERE name = $1 AND id = $2', [id]))[0];
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close(500)));
  }

  #ask(text: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    return this.#database.ask(text, [this.queue, ...values]);
  }
}
