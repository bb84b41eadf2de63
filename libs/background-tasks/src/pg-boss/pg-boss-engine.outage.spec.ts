import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnPostgres } from '../../../../test/harness/own-postgres.js';
import { TcpProxy } from '../../../../test/harness/tcp-proxy.js';
import { unhandledRejections } from '../../../../test/harness/unhandled-rejections.js';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { LostClaimError } from '../durable/engine.js';
import { batchOf, Scene } from '../durable/scene.contract.js';
import type { PgBossEngine } from './pg-boss-engine.js';
import { TestDatabase, type TestStore } from './scene.contract.js';

/** What a busy machine may take for what takes no time. */
const SLOW = 1000;

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

whereThereIs(await withoutPostgres(), 'pg-boss without its database:', () => {
  describe('while nobody answers, the engine of pg-boss', () => {
    let database: TestDatabase;
    let proxy: TcpProxy;
    let store: TestStore;
    let engine: PgBossEngine;

    beforeAll(async () => {
      database = await TestDatabase.open();
      const first = database.store();
      await first.engine().start();
      await first.close();
    });

    afterAll(() => database.drop());

    beforeEach(async () => {
      proxy = await TcpProxy.before(database.settings);
      store = database.store({ connection: { ...database.settings, port: proxy.port }, submitTimeout: 500 });
      engine = store.engine();
    });

    afterEach(async () => {
      proxy.pass();
      await store.close();
      await proxy.close();
    });

    async function noConnection(): Promise<void> {
      while (proxy.connections > 0) await database.ask('SELECT pg_sleep(0.01)');
    }

    it('closes in time, though it has not started, and leaves no connection', async () => {
      proxy.hang();
      const started = engine.start().catch((error: unknown) => error);
      expect(await timeOf(() => engine.close(500))).toBeLessThan(500 + SLOW);
      expect(await started).toBeInstanceOf(Error);
      expect(await timeOf(noConnection)).toBeLessThan(SLOW);
    });

    it('closes in time with a batch at work, and leaves no connection', async () => {
      const scene = await Scene.open(() => Promise.resolve(store));
      const worker = await scene.worker();
      await scene.ready('a');
      const run = await worker.next();
      proxy.hang();
      const written = run.claim.checkpoint({ cursor: 1, failures: 0 });
      const unhandled = await unhandledRejections(async () => {
        expect(await timeOf(() => worker.engine.close(1000))).toBeLessThan(1000 + SLOW);
        expect(await timeOf(() => scene.engine.close(500))).toBeLessThan(500 + SLOW);
        expect(run.claim.signal.aborted).toBe(true);
        await expect(written).rejects.toThrow(LostClaimError);
        run.end({ type: 'done' });
        expect(await timeOf(noConnection)).toBeLessThan(SLOW);
      });
      expect(unhandled).toEqual([]);
    });

    it('fails to store in time, and takes away what was stored later', async () => {
      await engine.start();
      const batch = batchOf('a');
      proxy.hang();
      await expect(engine.submit(batch, { hold: 60_000 })).rejects.toThrow(
        `The durable batch ${batch.id} was not stored within 500 ms.`,
      );
      proxy.pass();
      // it comes after the store, and waits until that is taken away
      await engine.submit({ ...batch, steps: batchOf('b').steps }, { hold: 60_000 });
      expect(await engine.get(batch.id)).toMatchObject({ tasks: ['b'] });
    });

    it('rejects at once where nothing listens', async () => {
      const nowhere = store.engine({ connection: { ...database.settings, port: 1 } });
      await expect(nowhere.start()).rejects.toThrow('ECONNREFUSED');
      await nowhere.close(500);
    });
  });

  describe('where PostgreSQL is killed and starts again, the engine of pg-boss', () => {
    let server: OwnPostgres;
    let scene: Scene;
    let store: TestStore;

    beforeEach(async () => {
      server = await OwnPostgres.start();
      const database = new TestDatabase({ settings: server.settings, drop: () => server.stop() });
      store = database.store();
      scene = await Scene.open(() => Promise.resolve(store));
    });

    afterEach(async () => {
      await scene.close();
      await server.stop();
    });

    it('has what was stored, writes down what was done meanwhile, and goes on', async () => {
      const worker = await scene.worker();
      const id = await scene.ready('a', 'b');
      const held = await scene.held(60_000, 'c');
      const run = await worker.next();
      await server.kill();
      const written = run.claim.checkpoint({ cursor: 1, failures: 0 });
      await server.startAgain();
      await written;
      expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 1 });
      run.end({ type: 'done' });
      await scene.until(id, 'completed');
      await scene.engine.release(held);
      expect((await worker.next()).claim.id).toBe(held);
      expect(worker.runs).toHaveLength(2);
      // each of two processes says each thing once, however many workers and seconds there were
      for (const line of store.lines) expect(store.lines.filter((other) => other === line).length).toBeLessThan(3);
    });
  });
});
