import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import type { DurableTransaction } from '../core/tasks/durable-batches.js';
import { batchOf } from '../durable/scene.contract.js';
import type { PgBossEngine } from './pg-boss-engine.js';
import { TestDatabase, type TestStore } from './scene.contract.js';

/** A transaction, as one library has it. */
interface Opened {
  readonly transaction: DurableTransaction;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
  close(): Promise<unknown>;
}

whereThereIs(await withoutPostgres(), 'pg-boss and transactions:', () => {
  let database: TestDatabase;
  let store: TestStore;
  let engine: PgBossEngine;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(() => database.drop());

  beforeEach(async () => {
    store = database.store();
    engine = store.engine();
    await engine.start();
  });

  afterEach(() => store.close());

  async function ofPg(): Promise<Opened & { readonly client: Client }> {
    const client = new Client(database.settings);
    await client.connect();
    await client.query('BEGIN');
    return {
      client,
      transaction: client,
      commit: () => client.query('COMMIT'),
      rollback: () => client.query('ROLLBACK'),
      close: () => client.end(),
    };
  }

  async function ofTypeOrm(): Promise<Opened> {
    const { user: username, ...settings } = database.settings;
    const source = await new DataSource({ type: 'postgres', ...settings, username }).initialize();
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    return {
      transaction: runner,
      commit: () => runner.commitTransaction(),
      rollback: () => runner.rollbackTransaction(),
      close: () => runner.release().then(() => source.destroy()),
    };
  }

  /** What adapters make of those of other libraries. */
  async function ofAdapter(): Promise<Opened> {
    const opened = await ofPg();
    return { ...opened, transaction: { executeSql: (text, values) => opened.client.query(text, values) } };
  }

  describe.each([
    { of: 'a client of pg', open: ofPg },
    { of: 'a QueryRunner of TypeORM', open: ofTypeOrm },
    { of: 'an adapter of pg-boss', open: ofAdapter },
  ])('in a transaction of $of, a batch', ({ open }) => {
    let opened: Opened;

    beforeEach(async () => {
      opened = await open();
    });

    afterEach(() => opened.close());

    it('is stored when that commits, and not before', async () => {
      const batch = batchOf('a', 'b');
      await engine.submit(batch, { hold: 60_000, transaction: opened.transaction });
      expect(await engine.get(batch.id)).toBeUndefined();
      await opened.commit();
      expect(await engine.get(batch.id)).toEqual({ id: batch.id, state: 'held', tasks: ['a', 'b'], cursor: 0 });
      await engine.release(batch.id);
      expect(await engine.get(batch.id)).toMatchObject({ state: 'waiting' });
    });

    it('was never there if that is rolled back', async () => {
      const batch = batchOf('a');
      await engine.submit(batch, { hold: 60_000, transaction: opened.transaction });
      await opened.rollback();
      expect(await engine.get(batch.id)).toBeUndefined();
    });

    it('is stored once, however often it is submitted', async () => {
      const batch = batchOf('a');
      await engine.submit(batch, { hold: 60_000, transaction: opened.transaction });
      await engine.submit({ ...batch, steps: [] }, { hold: 0, transaction: opened.transaction });
      await opened.commit();
      expect(await engine.get(batch.id)).toMatchObject({ state: 'held', tasks: ['a'] });
    });

    it('is held from when it was submitted, not from when that began', async () => {
      const batch = batchOf('a');
      await database.ask('SELECT pg_sleep(0.5)');
      await engine.submit(batch, { hold: 60_000, transaction: opened.transaction });
      await opened.commit();
      const held = `SELECT extract(epoch FROM start_after - created_on)::float8 AS held FROM pgboss.job WHERE id = $1`;
      expect(Number((await database.ask(held, [batch.id]))[0]?.['held'])).toBeGreaterThan(60.4);
    });

    it('fails with the error of a transaction that has failed', async () => {
      const broken =
        'query' in opened.transaction ? opened.transaction.query('oops') : opened.transaction.executeSql('oops');
      await expect(broken).rejects.toThrow('syntax error');
      await expect(engine.submit(batchOf('a'), { hold: 0, transaction: opened.transaction })).rejects.toThrow(
        'aborted',
      );
    });

    it('may be released too early: then its hold ends it', async () => {
      const worker = store.engine();
      await worker.start();
      const batch = batchOf('a');
      const claimed = new Promise((resolve) => {
        const run = ({ id }: { id: string }): Promise<{ type: 'done' }> => {
          resolve(id);
          return Promise.resolve({ type: 'done' });
        };
        void worker.consume(run, { concurrency: 1, lease: 10_000, checkEvery: 1000, maxCrashes: 10 });
      });
      await engine.submit(batch, { hold: 500, transaction: opened.transaction });
      await engine.release(batch.id);
      await opened.commit();
      expect(await claimed).toBe(batch.id);
    });
  });
});
