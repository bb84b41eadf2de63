import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { batchOf, type OpenStore } from './scene.contract.js';

/** Longer than any test. */
const LONG = 600_000;
/** What the clocks of a store and of its client may differ by, and what rounding takes. */
const ROUNDING = 10;

export function describeHolding(open: OpenStore): void {
  const it = concurrently('holds a batch', open, (scene) => Promise.resolve(scene));

  it('which all processes know from then on', async (scene) => {
    const id = await scene.held(LONG, 'mail.send', 'audit.log');
    const other = scene.store.engine();
    await other.start();
    expect(await other.get(id)).toEqual({ id, state: 'held', tasks: ['mail.send', 'audit.log'], cursor: 0 });
  });

  it('and knows nothing of one that was never stored', async (scene) => {
    expect(await scene.engine.get(randomUUID())).toBeUndefined();
  });

  it('until its hold expires', async (scene) => {
    const worker = await scene.worker();
    const before = Date.now();
    const id = await scene.held(1000, 'a');
    const run = await worker.next();
    expect(run.claim.id).toBe(id);
    expect(run.at - before).toBeGreaterThanOrEqual(1000 - ROUNDING);
  });

  it('which was extended until that is over, too', async (scene) => {
    const worker = await scene.worker();
    const id = await scene.held(1000, 'a');
    const before = Date.now();
    await scene.engine.extend(id, 2500);
    const run = await worker.next();
    expect(run.at - before).toBeGreaterThanOrEqual(2500 - ROUNDING);
  });

  it('which a worker has at once when it is released', async (scene) => {
    const worker = await scene.worker();
    const id = await scene.held(LONG, 'a');
    await scene.engine.release(id);
    expect((await worker.next()).claim.id).toBe(id);
  });

  it('which waits for a worker once it is released', async (scene) => {
    const id = await scene.held(LONG, 'a');
    await scene.engine.release(id);
    expect(await scene.engine.get(id)).toMatchObject({ state: 'waiting', cursor: 0 });
  });

  it('not at all if it is submitted with a hold of 0', async (scene) => {
    const worker = await scene.worker();
    const id = await scene.held(0, 'a');
    expect((await worker.next()).claim.id).toBe(id);
  });

  it('and changes nothing when the same id is submitted again', async (scene) => {
    const batch = batchOf('a');
    await scene.engine.submit(batch, { hold: LONG });
    await scene.engine.submit({ ...batch, steps: batchOf('other').steps }, { hold: 0 });
    expect(await scene.engine.get(batch.id)).toMatchObject({ state: 'held', tasks: ['a'] });
  });

  it('and takes it away when it is discarded', async (scene) => {
    const id = await scene.held(LONG, 'a');
    expect(await scene.engine.discard(id)).toBe(true);
    expect(await scene.engine.get(id)).toBeUndefined();
    expect(await scene.engine.discard(id)).toBe(false);
  });

  it('also where it was released, and waits', async (scene) => {
    const id = await scene.ready('a');
    expect(await scene.engine.discard(id)).toBe(true);
    const worker = await scene.worker();
    const next = await scene.ready('b');
    expect((await worker.next()).claim.id).toBe(next);
    expect(await scene.engine.get(id)).toBeUndefined();
  });
}
