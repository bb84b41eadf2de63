import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { withoutPostgres } from '../../../../test/harness/postgres.js';
import { whereThereIs } from '../../../../test/harness/where-there-is.js';
import { type Claim, notFailedError, type Verdict } from '../durable/engine.js';
import { Scene, type Worker } from '../durable/scene.contract.js';
import type { PgBossEngineOptions } from './pg-boss-engine.js';
import { TestDatabase, type TestStore } from './scene.contract.js';

whereThereIs(await withoutPostgres(), 'pg-boss and its workers:', () => {
  let database: TestDatabase;
  const scenes: Scene[] = [];

  beforeAll(async () => {
    database = await TestDatabase.open();
  });

  afterAll(async () => {
    await Promise.all(scenes.map((scene) => scene.close()));
    await database.drop();
  });

  async function newScene(options: Partial<PgBossEngineOptions> = {}): Promise<{ scene: Scene; store: TestStore }> {
    const store = database.store(options);
    const scene = await Scene.open(() => Promise.resolve(store));
    scenes.push(scene);
    return { scene, store };
  }

  async function willing(scene: Scene): Promise<Worker> {
    const worker = await scene.worker();
    worker.always = (): Promise<Verdict> => Promise.resolve({ type: 'done' });
    return worker;
  }

  it.concurrent('nothing comes once they have stopped claiming, also what they were just asking for', async () => {
    const { scene } = await newScene();
    for (let round = 0; round < 5; round++) {
      const stopping = await willing(scene);
      const submitted = Array.from({ length: 20 }, () => scene.ready('a'));
      await stopping.engine.stopClaiming();
      const before = stopping.runs.length;
      const other = await willing(scene);
      for (const id of await Promise.all(submitted)) await scene.until(id, 'completed');
      expect(stopping.runs).toHaveLength(before);
      await other.engine.close(500);
    }
  });

  it.concurrent('what nobody tells of is found by looking, however much of it there is', async () => {
    const { scene, store } = await newScene();
    const worker = await scene.worker({ concurrency: 5 });
    const ids = await Promise.all(Array.from({ length: 5 }, () => scene.held(60_000, 'a')));
    await database.ask('UPDATE pgboss.job SET start_after = now() WHERE name = $1', [store.queue]);
    const runs = [];
    for (const _ of ids) runs.push(await worker.next());
    expect(runs.map(({ claim }) => claim.id).toSorted()).toEqual(ids.toSorted());
    const [first, ...others] = runs.map(({ at }) => at).toSorted((a, b) => a - b);
    // one look finds the first, and that one the others: not each a look of its own
    expect((others.at(-1) ?? Infinity) - (first ?? 0)).toBeLessThan(1000);
  });

  it.concurrent('while there is nothing to do, one of them asks once a second', async () => {
    const queue = `test-${randomUUID()}`;
    let asked = 0;
    const counting = {
      connect: () => database.pool.connect(),
      query: (text: string, values?: unknown[]) => {
        if (text.includes('SKIP LOCKED') && text.includes(queue)) asked++;
        return database.pool.query(text, values);
      },
    };
    const { scene } = await newScene({ connection: counting, queue });
    await scene.worker({ concurrency: 10 });
    await database.ask('SELECT pg_sleep(1)');
    expect(asked).toBeGreaterThanOrEqual(10);
    asked = 0;
    await database.ask('SELECT pg_sleep(3)');
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(5);
  });

  it.concurrent('a lease is at least as long as pg-boss can have it, and is that of the queue', async () => {
    const { scene, store } = await newScene();
    await scene.worker({ lease: 25_000 });
    const heartbeat = 'SELECT heartbeat_seconds FROM pgboss.queue WHERE name = $1';
    expect(await database.ask(heartbeat, [store.queue])).toEqual([{ heartbeat_seconds: 25 }]);
    await scene.worker({ lease: 1 });
    expect(await database.ask(heartbeat, [store.queue])).toEqual([{ heartbeat_seconds: 10 }]);
    // one that only stores has no say in it
    await scene.worker({ lease: 25_000 });
    await store.engine().start();
    expect(await database.ask(heartbeat, [store.queue])).toEqual([{ heartbeat_seconds: 25 }]);
  });

  it.concurrent('an id that can be none is unknown, and no error of the database', async () => {
    const { scene } = await newScene();
    expect(await scene.engine.get('none')).toBeUndefined();
    expect(await scene.engine.discard('none')).toBe(false);
    await scene.engine.release('none');
    await expect(scene.engine.redrive('none')).rejects.toThrow(notFailedError('none', undefined));
    expect(await scene.engine.failed(-1)).toEqual([]);
  });

  it.concurrent('nothing can be asked of an engine that is not started', async () => {
    const { store } = await newScene();
    await expect(store.engine().release(randomUUID())).rejects.toThrow('The engine of pg-boss is not started.');
  });

  it.concurrent('a run that throws, as it never should, costs a crash, and is told', async () => {
    const { scene, store } = await newScene();
    const worker = await scene.worker({ maxCrashes: 2 });
    worker.always = (): Promise<Verdict> => Promise.reject(new RangeError('never'));
    const id = await scene.ready('a');
    expect(await scene.until(id, 'failed')).toMatchObject({ error: expect.stringContaining('2 times') });
    expect(worker.runs).toHaveLength(2);
    expect(store.lines).toEqual([`Cannot tell pg-boss what has become of the durable batch ${id}: RangeError: never.`]);
  });

  it.concurrent('a step may take much longer than a lease, as its claim is renewed', async () => {
    const { scene, store } = await newScene();
    const worker = await scene.worker();
    const id = await scene.ready('a');
    const { claim }: { claim: Claim } = await worker.next();
    const heartbeat = async (): Promise<number> => Number((await store.job(id))?.['heartbeat_on']);
    const first = await heartbeat();
    while ((await heartbeat()) === first) await database.ask('SELECT pg_sleep(0.1)');
    expect(claim.signal.aborted).toBe(false);
    expect(await heartbeat()).toBeGreaterThan(first + store.lease / 4);
    expect(await heartbeat()).toBeLessThan(first + store.lease / 2);
  });
});
