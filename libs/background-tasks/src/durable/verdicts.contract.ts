import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import type { OpenStore } from './scene.contract.js';

/** What the clocks of a store and of its client may differ by, and what rounding takes. */
const ROUNDING = 10;

export function describeVerdicts(open: OpenStore): void {
  const it = concurrently('has a batch', open, async (scene) => ({ scene, worker: await scene.worker() }));

  it('completed when it is done', async ({ scene, worker }) => {
    const id = await scene.ready('a', 'b');
    const run = await worker.next();
    await run.claim.checkpoint({ cursor: 2, failures: 0 });
    run.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).toEqual({ id, state: 'completed', tasks: ['a', 'b'], cursor: 2 });
  });

  for (const wait of [0, 1200]) {
    it(`run again after ${wait} ms, with its progress, when it is to be retried`, async ({ scene, worker }) => {
      const id = await scene.ready('a', 'b');
      const first = await worker.next();
      await first.claim.checkpoint({ cursor: 1, failures: 1, error: 'Error: not yet' });
      const before = Date.now();
      first.end({ type: 'retry', in: wait, error: 'Error: not yet' });
      const second = await worker.next();
      expect(second.claim.id).toBe(id);
      expect(second.at - before).toBeGreaterThanOrEqual(wait - ROUNDING);
      expect(second.claim.progress).toMatchObject({ cursor: 1, failures: 1 });
    });
  }

  it('wait for its next attempt, and tells why', async ({ scene, worker }) => {
    const id = await scene.ready('a');
    const run = await worker.next();
    await run.claim.checkpoint({ cursor: 0, failures: 1, error: 'Error: not yet' });
    run.end({ type: 'retry', in: 100_000, error: 'Error: not yet' });
    expect(await scene.until(id, 'waiting')).toEqual({
      id,
      state: 'waiting',
      tasks: ['a'],
      cursor: 0,
      error: 'Error: not yet',
    });
  });

  it('discarded while it waits for its next attempt', async ({ scene, worker }) => {
    const id = await scene.ready('a');
    (await worker.next()).end({ type: 'retry', in: 100_000, error: 'Error: not yet' });
    await scene.until(id, 'waiting');
    expect(await scene.engine.discard(id)).toBe(true);
    expect(await scene.engine.get(id)).toBeUndefined();
  });

  it('retried as often as it takes', async ({ scene, worker }) => {
    const id = await scene.ready('a');
    for (let failures = 1; failures <= 25; failures++) {
      const run = await worker.next();
      await run.claim.checkpoint({ cursor: 0, failures });
      run.end({ type: 'retry', in: 0, error: 'Error: not yet' });
    }
    const run = await worker.next();
    expect(run.claim.progress).toEqual({ cursor: 0, failures: 25 });
    run.end({ type: 'done' });
    await scene.until(id, 'completed');
  });

  it('run by another worker at once when one yields it', async ({ scene, worker }) => {
    const id = await scene.ready('a', 'b');
    const run = await worker.next();
    await run.claim.checkpoint({ cursor: 1, failures: 0 });
    await worker.engine.stopClaiming();
    const other = await scene.worker();
    run.end({ type: 'yield' });
    const { claim } = await other.next();
    expect(claim.id).toBe(id);
    expect(claim.progress).toEqual({ cursor: 1, failures: 0 });
  });

  it('yielded any number of times, as that is no crash', async ({ scene, worker }) => {
    const strict = await scene.worker({ maxCrashes: 1 });
    await worker.engine.stopClaiming();
    const id = await scene.ready('a');
    for (let times = 0; times < 5; times++) (await strict.next()).end({ type: 'yield' });
    (await strict.next()).end({ type: 'done' });
    expect(await scene.until(id, 'completed')).not.toHaveProperty('error');
  });
}
