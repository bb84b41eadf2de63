import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { Scene, type Worker } from '../durable/scene.contract.js';
import { TestDatabase, type TestStore } from './scene.contract.js';

const COMPLETED = 7_200_000;
const FAILED = 86_400_000;
const YEAR = 365 * 86_400;

whereThereIs(await withoutPostgres(), 'pg-boss over time:', () => {
  let database: TestDatabase;
  let store: TestStore;
  let scene: Scene;
  let worker: Worker;

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(() => database.drop());

  describe('pg-boss keeps', () => {
    beforeEach(async () => {
      store = database.store({ keepCompleted: { age: COMPLETED }, keepFailed: { age: FAILED } });
      scene = await Scene.open(() => Promise.resolve(store));
      worker = await scene.worker();
    });

    afterEach(() => scene.close());

    it('a batch that waits for a year, and one that runs for a day', async () => {
      const id = await scene.held(60_000, 'a');
      const job = await store.job(id);
      expect(job).toMatchObject({ expire_seconds: 86_400, retry_limit: 1_000_000_000, retry_delay: 0 });
      expect(secondsBetween(job, 'start_after', 'keep_until')).toBe(YEAR);
      await scene.engine.release(id);
      expect(secondsBetween(await store.job(id), 'start_after', 'keep_until')).toBe(YEAR);
    });

    it('a completed batch for as long as it was told, and a failed one for longer', async () => {
      const completed = await scene.ready('a');
      (await worker.next()).end({ type: 'done' });
      await scene.until(completed, 'completed');
      expect(await store.job(completed)).toMatchObject({ deletion_seconds: COMPLETED / 1000 });
      const failed = await scene.ready('a');
      (await worker.next()).end({ type: 'failed', error: 'no' });
      await scene.until(failed, 'failed');
      expect(await store.job(failed)).toMatchObject({ deletion_seconds: FAILED / 1000, output: { value: 'no' } });
    });

    it('one that is redriven as if it had not failed, also long after it was stored', async () => {
      const id = await scene.ready('a');
      (await worker.next()).end({ type: 'failed', error: 'no' });
      await scene.until(id, 'failed');
      await worker.engine.stopClaiming();
      await database.ask(`UPDATE pgboss.job SET keep_until = now() - interval '1 day' WHERE id = $1`, [id]);
      await scene.engine.redrive(id);
      const job = await store.job(id);
      expect(job).toMatchObject({
        state: 'retry',
        deletion_seconds: COMPLETED / 1000,
        output: null,
        completed_on: null,
      });
      expect(secondsBetween(job, 'start_after', 'keep_until')).toBe(YEAR);
    });

    it('what was told to wait for less than a second for so long', async () => {
      const id = await scene.ready('a');
      (await worker.next()).end({ type: 'retry', in: 60_500, error: 'not yet' });
      await scene.until(id, 'waiting');
      const waits = `SELECT extract(epoch FROM start_after - now())::float8 AS waits FROM pgboss.job WHERE id = $1`;
      const [row] = await database.ask(waits, [id]);
      expect(row?.['waits']).toBeGreaterThan(60);
      expect(row?.['waits']).toBeLessThanOrEqual(60.5);
    });

    it('nothing of an error that PostgreSQL refuses in JSON but its place', async () => {
      const id = await scene.ready('a');
      const run = await worker.next();
      await run.claim.checkpoint({ cursor: 0, failures: 1, error: 'cut \ud83d in \0 two' });
      expect(await scene.engine.get(id)).toMatchObject({ error: 'cut \ufffd in \ufffd two' });
      run.end({ type: 'failed', error: '\udc00' });
      expect(await scene.until(id, 'failed')).toMatchObject({ error: '\ufffd' });
    });
  });

  it('pg-boss deletes what is older than it was told to keep', async () => {
    const store = database.store({ keepCompleted: { age: 1000 } });
    const scene = await Scene.open(() => Promise.resolve(store));
    const worker = await scene.worker();
    const id = await scene.ready('a');
    (await worker.next()).end({ type: 'done' });
    await scene.until(id, 'completed');
    while ((await scene.engine.get(id)) !== undefined) await database.ask('SELECT pg_sleep(0.1)');
    expect(await scene.engine.failed(10)).toEqual([]);
    await scene.close();
  });

  function secondsBetween(job: Record<string, unknown> | undefined, from: string, to: string): number {
    return Math.round((Number(job?.[to]) - Number(job?.[from])) / 1000);
  }
});
