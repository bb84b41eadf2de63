import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { LostClaimError } from './engine.js';
import { type OpenStore, type Run, Scene, type Worker } from './scene.contract.js';

export function describeCrashes(open: OpenStore): void {
  const part = 'takes the claim of a worker that is silent for too long';
  const it = concurrently(part, open, async (scene) => ({ scene, silent: await scene.worker() }));

  it('and another one goes on where it was', async ({ scene, silent }) => {
    const { id, now } = await takenOver(scene, silent);
    expect(now.claim.id).toBe(id);
    expect(now.claim.progress).toEqual({ cursor: 1, failures: 0 });
    now.end({ type: 'done' });
    await scene.until(id, 'completed');
  });

  it('and tells it so by the signal of the claim', async ({ scene, silent }) => {
    const { lost, now } = await takenOver(scene, silent);
    await lost.lost();
    expect(now.claim.signal.aborted).toBe(false);
  });

  it('which can write down nothing any more', async ({ scene, silent }) => {
    const { id, lost, now } = await takenOver(scene, silent);
    await expect(lost.claim.checkpoint({ cursor: 3, failures: 0 })).rejects.toThrow(LostClaimError);
    expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 1 });
    await now.claim.checkpoint({ cursor: 2, failures: 0 });
    expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 2 });
  });

  for (const verdict of [
    { type: 'done' },
    { type: 'failed', error: 'Error: late' },
    { type: 'retry', in: 0, error: 'Error: late' },
    { type: 'yield' },
  ] as const) {
    it(`whose verdict, ${verdict.type}, counts for nothing`, async ({ scene, silent }) => {
      const { id, lost, now, other } = await takenOver(scene, silent);
      lost.end(verdict);
      // which waits until the verdict is dealt with
      await silent.engine.close(5000);
      await now.claim.checkpoint({ cursor: 2, failures: 0 });
      expect(await scene.engine.get(id)).toMatchObject({ state: 'active', cursor: 2 });
      now.end({ type: 'done' });
      const over = await scene.until(id, 'completed');
      expect(over).toEqual({ id, state: 'completed', tasks: ['a', 'b', 'c'], cursor: 2 });
      expect(other.runs).toHaveLength(1);
    });
  }

  it('which has nothing to tell then', async ({ scene, silent }) => {
    const { id, lost, now } = await takenOver(scene, silent);
    lost.lose();
    now.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).not.toHaveProperty('error');
  });

  it('and gives the batch to that worker again, if there is no other', async ({ scene, silent }) => {
    const id = await scene.ready('a');
    const lost = await silent.next();
    await scene.store.lapse(id);
    const again = await silent.next();
    expect(again.claim.id).toBe(id);
    lost.lose();
    await again.claim.checkpoint({ cursor: 1, failures: 0 });
    await expect(lost.claim.checkpoint({ cursor: 0, failures: 9 })).rejects.toThrow(LostClaimError);
    again.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).toMatchObject({ cursor: 1 });
  });

  it('and fails a batch that has cost too many workers their claims, as poison', async ({ scene, silent }) => {
    await silent.engine.stopClaiming();
    const worker = await scene.worker({ maxCrashes: 2 });
    const id = await scene.ready('a');
    for (let times = 0; times < 2; times++) {
      await worker.next();
      await scene.store.lapse(id);
    }
    const batch = await scene.until(id, 'failed');
    expect(batch).toMatchObject({ tasks: ['a'], cursor: 0, error: expect.stringMatching(/crash/i) });
    expect(worker.runs).toHaveLength(2);
    expect(await scene.engine.failed(1)).toEqual([batch]);
  });

  it('also once it was redriven, as its crashes count anew', async ({ scene, silent }) => {
    await silent.engine.stopClaiming();
    const worker = await scene.worker({ maxCrashes: 2 });
    const id = await scene.ready('a');
    for (let times = 0; times < 2; times++) {
      await worker.next();
      await scene.store.lapse(id);
    }
    await scene.until(id, 'failed');
    await scene.engine.redrive(id);
    await worker.next();
    await scene.store.lapse(id);
    (await worker.next()).end({ type: 'done' });
    expect(await scene.until(id, 'completed')).not.toHaveProperty('error');
  });
}

/** A batch whose claim the silent worker has lost, and that another one runs now, at its second step. */
async function takenOver(scene: Scene, silent: Worker): Promise<{ id: string; lost: Run; now: Run; other: Worker }> {
  const id = await scene.ready('a', 'b', 'c');
  const lost = await silent.next();
  await lost.claim.checkpoint({ cursor: 1, failures: 0 });
  await silent.engine.stopClaiming();
  const other = await scene.worker();
  await scene.store.lapse(id);
  return { id, lost, now: await other.next(), other };
}
