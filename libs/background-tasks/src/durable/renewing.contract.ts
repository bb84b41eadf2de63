import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { type OpenStore, pause } from './scene.contract.js';

export function describeRenewing(open: OpenStore): void {
  const it = concurrently('claims', open, (scene) => Promise.resolve(scene));

  it('no batch whose worker is at work for longer than its lease', async (scene) => {
    const worker = await scene.worker();
    const id = await scene.ready('a');
    const { claim } = await worker.next();
    const other = await scene.worker();
    // a clock of the engine's own: by the time that this one is due, an unrenewed claim would have lapsed
    const { lease, checkEvery } = scene.store;
    const later = await scene.held(lease + 3 * checkEvery, 'b');
    while ((await scene.engine.get(later))?.state === 'held') await pause();
    expect(claim.signal.aborted).toBe(false);
    expect([...worker.runs, ...other.runs].filter((run) => run.claim.id === id)).toHaveLength(1);
  }, 60_000);
}
