import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { Database, engineOptions } from '../../../../test/harness/bullmq-stores.js';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { TcpProxy } from '../../../../test/harness/tcp-proxy.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import type { NewBatch } from '../durable/engine.js';
import { batchOf, Worker } from '../durable/scene.contract.js';
import { BullMqEngine } from './bullmq-engine.js';

const GONE = /ECONNRESET|terminated|closed/;
const ONE = { concurrency: 1, lease: 1000, checkEvery: 300, maxCrashes: 10 };

whereThereIs(await withoutPostgres(), 'BullMQ on PostgreSQL', () => {
  let database: Database;
  let proxy: TcpProxy;
  let engine: BullMqEngine;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  beforeEach(async () => {
    proxy = await TcpProxy.before(database.connection);
  });

  afterEach(async () => {
    proxy.pass();
    await engine.close(1000);
    await proxy.close();
  });

  function engineOn(connection: unknown, migrate = true): BullMqEngine {
    engine = new BullMqEngine(engineOptions({ backend: 'postgres', connection, migrate, submitTimeout: 500 }));
    return engine;
  }

  const behindProxy = (): object => ({ ...database.connection, host: proxy.host, port: proxy.port });

  async function worker(): Promise<Worker> {
    const claiming = new Worker(engine);
    await engine.consume((claim) => claiming.run(claim), ONE);
    return claiming;
  }

  it('says that its tables are not there, where it may not make them', async () => {
    const empty = await Database.create();
    await expect(engineOn(empty.connection, false).start()).rejects.toThrow(/not initialized/);
    await engine.close(1000);
    await empty.drop();
  });

  it('connects as an open pool does, and leaves that open', async () => {
    const pool = new Pool(database.connection);
    await engineOn(pool).start();
    const claiming = await worker();
    const batch = batchOf('a');
    await engine.submit(batch, { hold: 0 });
    (await claiming.next()).end({ type: 'done' });
    await engine.close(1000);
    expect(pool.totalCount).toBe(0);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('rejects in time while its server is away, and goes on when it is back', async () => {
    await engineOn(behindProxy()).start();
    const claiming = await worker();
    proxy.cut();
    await expect(engine.submit(batchOf('a'), { hold: 0 })).rejects.toThrow(GONE);
    proxy.pass();
    const batch = batchOf('b');
    while (!(await stored(batch))) await wait(20);
    const run = await claiming.next();
    expect(run.claim.id).toBe(batch.id);
    run.end({ type: 'done' });
  });

  async function stored(batch: NewBatch): Promise<boolean> {
    return engine.submit(batch, { hold: 0 }).then(
      () => true,
      () => false,
    );
  }

  it.each(['hang', 'cut'] as const)(
    'loses its claims, and closes in time, while its server is away (%s)',
    async (how) => {
      await engineOn(behindProxy()).start();
      const claiming = await worker();
      await engine.submit(batchOf('a'), { hold: 0 });
      const run = await claiming.next();
      proxy[how]();
      await run.lost();
      const before = Date.now();
      await engine.close(1000);
      expect(Date.now() - before).toBeLessThan(5000);
      run.lose();
      proxy.pass();
      const client = new Client(database.connection);
      await client.connect();
      while (await others(client));
      await client.end();
    },
  );

  /** Whether the server still has connections of others. */
  async function others(client: Client): Promise<boolean> {
    const { rowCount } = await client.query(
      'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    return rowCount !== 0;
  }

  it('says at once that nobody is there', async () => {
    proxy.cut();
    await expect(engineOn(behindProxy()).start()).rejects.toThrow(GONE);
  });
});
