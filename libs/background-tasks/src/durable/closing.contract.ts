import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim, Verdict } from './engine.js';
import { type OpenStore, pause, Scene } from './scene.contract.js';

export function describeClosing(open: OpenStore): void {
  describe('claims', () => {
    let scene: Scene;

    beforeEach(async () => {
      scene = await Scene.open(open);
    });

    afterEach(() => scene.close());

    it('as many batches at once as a process may run, and no more', async () => {
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

    it('each batch for one of many workers only', async () => {
      const workers = await Promise.all([scene.worker(), scene.worker(), scene.worker()]);
      for (const worker of workers) worker.always = (): Promise<Verdict> => Promise.resolve({ type: 'done' });
      const ids = await Promise.all(Array.from({ length: 30 }, () => scene.ready('a')));
      for (const id of ids) await scene.until(id, 'completed');
      const claimed = workers.flatMap(({ runs }) => runs.map(({ claim }) => claim.id));
      expect(claimed.toSorted()).toEqual(ids.toSorted());
    });

    it('no batch whose worker is at work for longer than its lease', async () => {
      const worker = await scene.worker();
      const id = await scene.ready('a');
      const { claim } = await worker.next();
      const other = await scene.worker();
      // a clock of the engine's own: by the time that this one is due, an unrenewed claim would have lapsed
      const { lease, checkEvery } = scene.store;
      const later = await scene.held(2 * (lease + checkEvery), 'b');
      while ((await scene.engine.get(later))?.state === 'held') await pause();
      expect(claim.signal.aborted).toBe(false);
      expect([...worker.runs, ...other.runs].filter((run) => run.claim.id === id)).toHaveLength(1);
    }, 60_000);

    it('nothing in a process that has stopped claiming, where what it has goes on', async () => {
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

    it('nothing in a process that only stores', async () => {
      const id = await scene.ready('a');
      await scene.engine.stopClaiming();
      expect(await scene.engine.get(id)).toMatchObject({ state: 'waiting' });
    });

    it('what a process had that was closed before it was done', async () => {
      const closed = await scene.worker();
      const id = await scene.ready('a', 'b');
      const run = await closed.next();
      await run.claim.checkpoint({ cursor: 1, failures: 0 });
      await closed.engine.close(500);
      const other = await scene.worker();
      const { claim } = await other.next();
      expect(claim).toMatchObject({ id, progress: { cursor: 1, failures: 0 } });
    });

    it('nothing after close(), which may be called again, and before anything was begun', async () => {
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
  });
}
