import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { batchOf, type OpenStore } from './scene.contract.js';

export function describeClaims(open: OpenStore): void {
  const it = concurrently('gives a worker', open, async (scene) => ({ scene, worker: await scene.worker() }));

  it('the batch as it was stored, from its beginning', async ({ scene, worker }) => {
    const batch = batchOf('a', 'b');
    await scene.engine.submit(batch, { hold: 0 });
    const { claim } = await worker.next();
    expect(claim.id).toBe(batch.id);
    expect(claim.batch).toEqual(batch);
    expect(claim.progress).toEqual({ cursor: 0, failures: 0 });
    expect(claim.signal.aborted).toBe(false);
  });

  it('a batch that is active then', async ({ scene, worker }) => {
    const id = await scene.ready('a');
    await worker.next();
    expect(await scene.engine.get(id)).toEqual({ id, state: 'active', tasks: ['a'], cursor: 0 });
  });

  it('checkpoints that everybody can read', async ({ scene, worker }) => {
    const id = await scene.ready('a', 'b');
    const { claim } = await worker.next();
    await claim.checkpoint({ cursor: 1, failures: 0 });
    expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 1 });
    await claim.checkpoint({ cursor: 1, failures: 1, error: 'Error: no' });
    expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 1, error: 'Error: no' });
  });

  it('progress that says what was written, and no more, to the next one', async ({ scene, worker }) => {
    await scene.ready('a', 'b');
    const first = await worker.next();
    await first.claim.checkpoint({ cursor: 1, failures: 2, unknownSince: 12_345, error: 'Error: no' });
    first.end({ type: 'yield' });
    const second = await worker.next();
    expect(second.claim.progress).toEqual({ cursor: 1, failures: 2, unknownSince: 12_345, error: 'Error: no' });
    await second.claim.checkpoint({ cursor: 2, failures: 0 });
    second.end({ type: 'yield' });
    expect((await worker.next()).claim.progress).toEqual({ cursor: 2, failures: 0 });
  });

  it('nothing of what is done', async ({ scene, worker }) => {
    const id = await scene.ready('a');
    (await worker.next()).end({ type: 'done' });
    await scene.until(id, 'completed');
    await scene.engine.release(id);
    await scene.engine.extend(id, 0);
    await scene.engine.submit({ ...batchOf('a'), id }, { hold: 0 });
    expect(await scene.engine.discard(id)).toBe(false);
    const next = await scene.ready('b');
    expect((await worker.next()).claim.id).toBe(next);
    expect(await scene.engine.get(id)).toMatchObject({ state: 'completed' });
  });

  it('nothing of what was never there', async ({ scene }) => {
    const id = randomUUID();
    await scene.engine.release(id);
    await scene.engine.extend(id, 0);
    expect(await scene.engine.discard(id)).toBe(false);
    expect(await scene.engine.get(id)).toBeUndefined();
  });

  const untouched = concurrently('gives a worker what nobody else can touch:', open, async (scene) => {
    const worker = await scene.worker();
    const id = await scene.ready('a');
    return { scene, worker, id, run: await worker.next() };
  });

  untouched('release and extend do nothing', async ({ scene, run, id }) => {
    await scene.engine.release(id);
    await scene.engine.extend(id, 100_000);
    expect(await scene.engine.get(id)).toMatchObject({ state: 'active' });
    run.end({ type: 'done' });
    await scene.until(id, 'completed');
  });

  untouched('discard tells that it is too late', async ({ scene, run, id }) => {
    expect(await scene.engine.discard(id)).toBe(false);
    run.end({ type: 'done' });
    await scene.until(id, 'completed');
  });

  untouched('the same id again does nothing', async ({ scene, worker, run, id }) => {
    await scene.engine.submit({ ...batchOf('other'), id }, { hold: 0 });
    run.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).toMatchObject({ tasks: ['a'] });
    expect(worker.runs).toHaveLength(1);
  });
}
