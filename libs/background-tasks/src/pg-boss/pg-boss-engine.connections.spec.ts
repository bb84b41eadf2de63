import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Pool } from 'pg';
import { PgBoss } from 'pg-boss';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { Scene } from '../durable/scene.contract.js';
import { TestDatabase, type TestStore } from './scene.contract.js';

whereThereIs(await withoutPostgres(), 'pg-boss and its connections:', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(() => database.drop());

  /** Stores a batch and runs it, in a process that has this connection. */
  async function expectRun(store: TestStore): Promise<void> {
    const scene = await Scene.open(() => Promise.resolve(store));
    const worker = await scene.worker();
    const id = await scene.held(60_000, 'a');
    await scene.engine.release(id);
    const run = await worker.next();
    await run.claim.checkpoint({ cursor: 1, failures: 0 });
    run.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).toMatchObject({ cursor: 1 });
    await scene.close();
  }

  /** How many connections a database has besides the one that asks. */
  async function others(): Promise<number> {
    const count = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    return Number((await database.ask(count))[0]?.['count']);
  }

  describe('the engine of pg-boss reaches its database', () => {
    it('by options of a pool, and closes what it has opened', async () => {
      await expectRun(database.store({ connection: { ...database.settings, max: 2 } }));
      // the server takes note in its own time
      while ((await others()) > 0) await database.ask('SELECT pg_sleep(0.01)');
      expect(await others()).toBe(0);
    });

    it('by a connection string', async () => {
      const { host, port, user, password = '', database: name } = database.settings;
      const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${name}`;
      await expectRun(database.store({ connection: url }));
    });

    it('by an open pool, which stays open', async () => {
      const pool = new Pool(database.settings);
      await expectRun(database.store({ connection: pool }));
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await pool.end();
    });

    it('by an open PgBoss, which goes on', async () => {
      const boss = new PgBoss({ ...database.settings });
      boss.on('error', () => {});
      await boss.start();
      await expectRun(database.store({ connection: boss }));
      await boss.createQueue('theirs');
      expect(await boss.send('theirs', { still: 'here' })).toEqual(expect.any(String));
      await boss.stop({ graceful: false });
    });
  });

  describe('the tables', () => {
    let store: TestStore;

    beforeEach(() => {
      store = database.store();
    });

    afterEach(() => store.close());

    it('are in the schema that was asked for', async () => {
      const engine = store.engine({ schema: 'elsewhere' });
      await engine.start();
      const found = `SELECT to_regclass('elsewhere.job') IS NOT NULL AS found`;
      expect(await database.ask(found)).toEqual([{ found: true }]);
    });

    it('are not made where nobody allows it: the error says what to do', async () => {
      const engine = store.engine({ schema: 'nowhere', migrate: false });
      await expect(engine.start()).rejects.toThrow(
        'Cannot use the schema "nowhere": its tables are not there, or of another version of pg-boss. Let `migrate` be true, or run `npx pg-boss migrate --schema nowhere`.',
      );
      expect(await database.ask(`SELECT to_regnamespace('nowhere') AS found`)).toEqual([{ found: null }]);
    });

    it('are used as they are where they are there', async () => {
      await store.engine().start();
      await store.engine({ migrate: false }).start();
      await expectRun(database.store({ migrate: false }));
    });
  });

  it('nothing is printed, and nothing warned of, while all is well', async () => {
    const streams = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
    const lines = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) => jest.spyOn(console, method));
    const store = database.store();
    await expectRun(store);
    expect(store.lines).toEqual([]);
    for (const print of [...streams, ...lines]) expect(print).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });
});
