import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import type { Claim, Verdict } from './engine.js';
import type { OpenStore } from './scene.contract.js';

export function describeClosing(open: OpenStore): void {
  const it = concurrently('claims', open, (scene) => Promise.resolve(scene));

  it('as many batches at once as a process may run, and no more', async (scene) => {
    const worker = await scene.worker({ concurrency: 2 });
    let now = 0;
    let most = 0;
    worker.always = async (claim: Claim): Promise<Verdict> => {
      most = Math.max(most, ++now);
      for (let failures = 0; failures < 5; failures++) await claim.checkpoint({ cursor: 0, failures });
      now--;
      return { type: 'done' };
    };
    const ids = await Promise.all(Array.from({ length: 12 }, () => scene.ready('a')));
    for (const id of ids) await scene.until(id, 'completed');
    expect(most).toBe(2);
    expect(worker.runs).toHaveLength(12);
  });

  it('each batch for one of many workers only', async (scene) => {
    const workers = await Promise.all([scene.worker(), scene.worker(), scene.worker()]);
    for (const worker of workers) worker.always = (): Promise<Verdict> => Promise.resolve({ type: 'done' });
    const ids = await Promise.all(Array.from({ length: 30 }, () => scene.ready('a')));
    for (const id of ids) await scene.until(id, 'completed');
    const claimed = workers.flatMap(({ runs }) => runs.map(({ claim }) => claim.id));
    expect(claimed.toSorted()).toEqual(ids.toSorted());
  });

  it('nothing in a process that has stopped claiming, where what it has goes on', async (scene) => {
    const stopped = await scene.worker();
    const id = await scene.ready('a');
    const run = await stopped.next();
    await stopped.engine.stopClaiming();
    const other = await scene.worker();
    const further = [await scene.ready('b'), await scene.ready('c'), await scene.ready('d')];
    const claimed = [await other.next(), await other.next(), await other.next()];
    expect(claimed.map(({ claim }) => claim.id).toSorted()).toEqual(further.toSorted());
    await run.claim.checkpoint({ cursor: 1, failures: 0 });
    run.end({ type: 'done' });
    expect(await scene.until(id, 'completed')).toMatchObject({ cursor: 1 });
    expect(stopped.runs).toHaveLength(1);
  });

  it('nothing in a process that only stores', async (scene) => {
    const id = await scene.ready('a');
    await scene.engine.stopClaiming();
    expect(await scene.engine.get(id)).toMatchObject({ state: 'waiting' });
  });

  it('what a process had that was closed before it was done', async (scene) => {
    const closed = await scene.worker();
    const id = await scene.ready('a', 'b');
    const run = await closed.next();
    await run.claim.checkpoint({ cursor: 1, failures: 0 });
    await closed.engine.close(500);
    const other = await scene.worker();
    const { claim } = await other.next();
    expect(claim).toMatchObject({ id, progress: { cursor: 1, failures: 0 } });
  });

  it('nothing after close(), which may be called again, and before anything was begun', async (scene) => {
    const never = scene.store.engine();
    await never.close(500);
    const closed = await scene.worker();
    await closed.engine.stopClaiming();
    await closed.engine.close(500);
    await closed.engine.close(500);
    const other = await scene.worker();
    const id = await scene.ready('a');
    expect((await other.next()).claim.id).toBe(id);
    expect(closed.runs).toEqual([]);
  });
}
