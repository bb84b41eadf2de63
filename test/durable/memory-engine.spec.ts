import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { engineContract } from '../../libs/background-tasks/src/durable/engine.contract.js';
import type { Claim } from '../../libs/background-tasks/src/durable/engine.js';
import { batchOf, type EngineStore } from '../../libs/background-tasks/src/durable/scene.contract.js';
import { deferred } from '../harness/deferred.js';
import { MemoryEngine, MemoryTransaction } from '../harness/memory-engine.js';
import { MemoryStore } from '../harness/memory-store.js';

engineContract('the engine in memory', () => {
  const shared = new MemoryStore();
  const engines: MemoryEngine[] = [];
  const store: EngineStore = {
    lease: 100,
    checkEvery: 100,
    engine() {
      const engine = new MemoryEngine(shared);
      engines.push(engine);
      return engine;
    },
    lapse: (id) => Promise.resolve(shared.lapse(id)),
    putForeign: (data) => Promise.resolve(shared.addForeign(data)),
    async close() {
      await Promise.all(engines.map((engine) => engine.close(0)));
    },
  };
  return Promise.resolve(store);
});

describe('an engine in memory', () => {
  let engine: MemoryEngine;

  beforeEach(async () => {
    engine = new MemoryEngine();
    await engine.start();
  });

  afterEach(() => engine.close(0));

  it('notes what it was asked for', async () => {
    const batch = batchOf('a');
    await engine.submit(batch, { hold: 1000 });
    await engine.release(batch.id);
    expect(engine.calls).toEqual([
      { method: 'start' },
      { method: 'submit', id: batch.id },
      { method: 'release', id: batch.id },
    ]);
  });

  it('rejects everything while it is down', async () => {
    const batch = batchOf('a');
    engine.down = true;
    await expect(engine.submit(batch, { hold: 1000 })).rejects.toThrow('out of reach');
    await expect(engine.failed(1)).rejects.toThrow('out of reach');
    engine.down = false;
    expect(await engine.get(batch.id)).toBeUndefined();
  });

  it('has a call wait for what a test does before it', async () => {
    const batch = batchOf('a');
    const late = deferred();
    engine.before = ({ method }) => (method === 'submit' ? late.promise : Promise.resolve());
    const submitted = engine.submit(batch, { hold: 1000 });
    expect(await engine.get(batch.id)).toBeUndefined();
    late.resolve();
    await submitted;
    expect(await engine.get(batch.id)).toMatchObject({ state: 'held' });
  });

  it('closes also while it hangs', async () => {
    engine.hanging = true;
    const batch = batchOf('a');
    void engine.submit(batch, { hold: 1000 });
    await engine.close(10);
    engine.hanging = false;
    expect(await engine.get(batch.id)).toBeUndefined();
  });

  it('has others go on with what it had when it crashes', async () => {
    const began = deferred<Claim>();
    await engine.consume(
      (claim) => {
        began.resolve(claim);
        return new Promise(() => {});
      },
      { concurrency: 1, lease: 1000, checkEvery: 1000, maxCrashes: 10 },
    );
    const batch = batchOf('a');
    await engine.submit(batch, { hold: 0 });
    const claim = await began.promise;
    engine.crash();
    expect(claim.signal.aborted).toBe(true);
    expect(await engine.get(batch.id)).toMatchObject({ state: 'waiting' });
  });

  it('stores in a transaction of its kind when that commits', async () => {
    const batch = batchOf('a');
    const transaction = new MemoryTransaction();
    await engine.submit(batch, { hold: 1000, transaction });
    expect(await engine.get(batch.id)).toBeUndefined();
    transaction.commit();
    expect(await engine.get(batch.id)).toMatchObject({ state: 'held' });
    const foreign = { query: () => Promise.resolve([]) };
    await expect(engine.submit(batchOf('a'), { hold: 0, transaction: foreign })).rejects.toThrow('transaction');
  });
});
