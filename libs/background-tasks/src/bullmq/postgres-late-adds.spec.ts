import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database, engineOptions } from '../../../../test/harness/bullmq-stores.js';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { batchOf } from '../durable/scene.contract.js';
import { BullMqEngine } from './bullmq-engine.js';

whereThereIs(await withoutPostgres(), 'BullMQ on a PostgreSQL that has no time', () => {
  let database: Database;
  let engine: BullMqEngine;
  let locking: Client;

  beforeAll(async () => {
    database = await Database.create();
  });

  afterAll(() => database.drop());

  beforeEach(async () => {
    const connection = { ...database.connection, max: 2 };
    engine = new BullMqEngine(engineOptions({ backend: 'postgres', connection, submitTimeout: 500 }));
    await engine.start();
    locking = new Client(database.connection);
    await locking.connect();
    // it can be read, and nothing can be written
    await locking.query('BEGIN; LOCK TABLE bullmq.job IN EXCLUSIVE MODE');
  });

  afterEach(async () => {
    await locking.end();
    await engine.close(1000);
  });

  /** Resolves once so many statements wait for the lock. */
  async function waiting(statements: number): Promise<void> {
    for (;;) {
      const { rows } = await locking.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM pg_locks WHERE NOT granted AND relation = $1::regclass',
        ['bullmq.job'],
      );
      if (rows[0]?.count === statements) return;
      await wait(10);
    }
  }

  function submitted(id: string): Promise<string> {
    return engine.submit({ ...batchOf('a'), id }, { hold: 60_000 }).then(
      () => 'stored',
      () => 'rejected',
    );
  }

  it('stores nothing later that was not stored in time', async () => {
    const { id } = batchOf();
    const late = submitted(id);
    await waiting(1);
    expect(await late).toBe('rejected');
    await waiting(0);
    await locking.query('COMMIT');
    expect(await engine.get(id)).toBeUndefined();
  });

  it('discards for good what had to wait for a connection, and is on its way by now', async () => {
    const first = [submitted(batchOf().id), submitted(batchOf().id)];
    await waiting(2);
    const { id } = batchOf();
    expect(await submitted(id)).toBe('rejected');
    const discarded = engine.discard(id).catch(() => 'unknown');
    // by now it has seen that there is nothing, if it has looked
    expect(await engine.get(id)).toBeUndefined();
    await locking.query('COMMIT');
    // as long as it does not know, somebody asks again
    if ((await discarded) === 'unknown') await engine.discard(id);
    await Promise.all(first);
    await waiting(0);
    expect(await engine.get(id)).toBeUndefined();
  });
});
