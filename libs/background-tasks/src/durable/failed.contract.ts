import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { notFailedError } from './engine.js';
import { batchOf, type OpenStore, Scene, type Worker } from './scene.contract.js';

export function describeFailed(open: OpenStore): void {
  const it = concurrently('keeps a failed batch', open, async (scene) => ({ scene, worker: await scene.worker() }));

  it('with where it stopped, and why', async ({ scene, worker }) => {
    const id = await failed(scene, worker, 'TypeError: no');
    const expected = { id, state: 'failed', tasks: ['a', 'b'], cursor: 1, error: 'TypeError: no' };
    expect(await scene.engine.get(id)).toEqual(expected);
    expect(await scene.engine.failed(10)).toEqual([expected]);
  });

  it('among the failed ones, the latest first, and no more of them than asked for', async ({ scene, worker }) => {
    const ids = [await failed(scene, worker, '1'), await failed(scene, worker, '2'), await failed(scene, worker, '3')];
    const found = await scene.engine.failed(10);
    expect(found.map(({ id }) => id)).toEqual(ids.toReversed());
    const latest = await scene.engine.failed(2);
    expect(latest.map(({ error }) => error)).toEqual(['3', '2']);
  });

  it('until it is redriven: it goes on at its step, whose attempts count anew', async ({ scene, worker }) => {
    const id = await failed(scene, worker, 'Error: no');
    await scene.engine.redrive(id);
    const run = await worker.next();
    expect(run.claim.id).toBe(id);
    expect(run.claim.progress).toEqual({ cursor: 1, failures: 0 });
    expect(await scene.engine.failed(10)).toEqual([]);
    run.end({ type: 'done' });
    await scene.until(id, 'completed');
  });

  it('which can fail again, be retried, and be redriven again', async ({ scene, worker }) => {
    const id = await failed(scene, worker, 'Error: no');
    await scene.engine.redrive(id);
    (await worker.next()).end({ type: 'retry', in: 0, error: 'Error: not yet' });
    (await worker.next()).end({ type: 'failed', error: 'Error: no, again' });
    expect(await scene.until(id, 'failed')).toMatchObject({ cursor: 1, error: 'Error: no, again' });
    await scene.engine.redrive(id);
    expect((await worker.next()).claim.progress).toEqual({ cursor: 1, failures: 0 });
  });

  it('until it is discarded', async ({ scene, worker }) => {
    const id = await failed(scene, worker, 'Error: no');
    expect(await scene.engine.discard(id)).toBe(true);
    expect(await scene.engine.get(id)).toBeUndefined();
    expect(await scene.engine.failed(10)).toEqual([]);
  });

  it('which release, extend, and the same id again leave where it is', async ({ scene, worker }) => {
    const id = await failed(scene, worker, 'Error: no');
    await scene.engine.release(id);
    await scene.engine.extend(id, 0);
    await scene.engine.submit({ ...batchOf('a'), id }, { hold: 0 });
    expect(await scene.engine.get(id)).toMatchObject({ state: 'failed', cursor: 1 });
  });

  it('and redrives no other', async ({ scene, worker }) => {
    const unknown = randomUUID();
    await expect(scene.engine.redrive(unknown)).rejects.toThrow(notFailedError(unknown, undefined));
    const held = await scene.held(100_000, 'a');
    await expect(scene.engine.redrive(held)).rejects.toThrow(notFailedError(held, 'held'));
    const active = await scene.ready('a');
    const run = await worker.next();
    await expect(scene.engine.redrive(active)).rejects.toThrow(notFailedError(active, 'active'));
    run.end({ type: 'done' });
    await scene.until(active, 'completed');
    await expect(scene.engine.redrive(active)).rejects.toThrow(notFailedError(active, 'completed'));
  });
}

/** A batch of two steps, the second of which has failed. */
async function failed(scene: Scene, worker: Worker, error: string): Promise<string> {
  const id = await scene.ready('a', 'b');
  const run = await worker.next();
  await run.claim.checkpoint({ cursor: 1, failures: 3, unknownSince: 1, error });
  run.end({ type: 'failed', error });
  await scene.until(id, 'failed');
  return id;
}
