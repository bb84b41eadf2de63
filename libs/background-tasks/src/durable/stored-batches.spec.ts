import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryEngine } from '../../../../test/harness/memory-engine.js';
import type { NewBatch } from './engine.js';
import { StoredBatches } from './stored-batches.js';

describe('the stored batches', () => {
  let engine: MemoryEngine;
  let batches: StoredBatches;
  let batch: NewBatch;

  beforeEach(() => {
    engine = new MemoryEngine();
    batches = new StoredBatches(engine);
    batch = {
      v: 1,
      id: randomUUID(),
      steps: ['a', 'b'].map((name) => ({ name, args: [], outcome: 'success' })),
      carry: {},
    };
  });

  const run = async (verdict: 'done' | 'failed'): Promise<void> => {
    await engine.submit(batch, { hold: 0 });
    const options = { concurrency: 1, lease: 1, checkEvery: 1, maxCrashes: 1 };
    await engine.consume(
      async () => (verdict === 'done' ? { type: 'done' } : { type: 'failed', error: 'boom' }),
      options,
    );
    await engine.store.until(batch.id, verdict === 'done' ? 'completed' : 'failed');
  };

  it('has one that is held', async () => {
    await engine.submit(batch, { hold: 60_000 });
    expect(await batches.get(batch.id)).toEqual({ id: batch.id, state: 'held', tasks: ['a', 'b'], cursor: 0 });
    expect(await batches.cancel(batch.id)).toBe(true);
    expect(await batches.get(batch.id)).toBeUndefined();
  });

  it('has the cursor of one that is done behind its last step', async () => {
    await run('done');
    expect(await batches.get(batch.id)).toMatchObject({ state: 'completed', cursor: 2 });
    expect(await batches.cancel(batch.id)).toBe(false);
  });

  it('lists and redrives what has failed', async () => {
    await run('failed');
    expect(await batches.failed()).toEqual([
      { id: batch.id, state: 'failed', tasks: ['a', 'b'], cursor: 0, error: 'boom' },
    ]);
    expect(await batches.failed({ limit: 1 })).toHaveLength(1);
    await engine.stopClaiming();
    await batches.redrive(batch.id);
    expect(await batches.get(batch.id)).toMatchObject({ state: 'waiting' });
  });

  it.each([0, -1, 1.5, Infinity, '1', null])('refuses a limit that is none: %p', async (limit) => {
    await expect(batches.failed({ limit: limit as never })).rejects.toThrow(
      'Expected `limit` to be a whole number above 0',
    );
  });

  it('refuses an option that does not exist', async () => {
    await expect(batches.failed({ limits: 1 } as never)).rejects.toThrow('Did you mean `limit`?');
  });

  it.each(['', 'nonsense', `${randomUUID()}0`, "'; drop table"])(
    'has nothing by what is no id, and asks nobody: %p',
    async (id) => {
      expect(await batches.get(id)).toBeUndefined();
      expect(await batches.cancel(id)).toBe(false);
      await expect(batches.redrive(id)).rejects.toThrow(`Cannot redrive the durable batch ${id}: it is not there`);
      expect(engine.calls).toEqual([]);
    },
  );

  it.each([undefined, 1, null])('refuses what is no text: %p', async (id) => {
    for (const method of ['get', 'cancel', 'redrive'] as const) {
      await expect(batches[method](id as never)).rejects.toThrow('Expected `id` to be the id of a batch');
    }
  });
});
