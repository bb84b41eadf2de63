import { expect } from '@jest/globals';
import { concurrently } from './concurrent.contract.js';
import { batchOfSteps, type OpenStore } from './scene.contract.js';

export function describeData(open: OpenStore): void {
  const it = concurrently('hands over', open, async (scene) => ({ scene, worker: await scene.worker() }));

  it('every text as it was', async ({ scene, worker }) => {
    const text = 'Grüße an Zoë 👩‍👩‍👧‍👦, \'Strauß\' & "Söhne"\\n\n\t${1}; DROP TABLE -- \u0001 $1 ? %s';
    const batch = {
      ...batchOfSteps({ name: `größe.${text}`, args: [text, { [text]: [text] }], outcome: 'failure', label: text }),
      carry: { [text]: text },
    };
    await scene.engine.submit(batch, { hold: 0 });
    const run = await worker.next();
    expect(run.claim.batch).toEqual(batch);
    await run.claim.checkpoint({ cursor: 0, failures: 1, error: text });
    run.end({ type: 'failed', error: text });
    expect(await scene.until(batch.id, 'failed')).toMatchObject({ tasks: [`größe.${text}`], error: text });
  });

  it('everything that JSON can carry', async ({ scene, worker }) => {
    const args = [null, true, -0.5, 1e21, Number.MAX_SAFE_INTEGER, '', [], {}, [[null]], { a: { b: [1, 'x', null] } }];
    const batch = batchOfSteps({
      name: 'a',
      args,
      outcome: 'success',
      timeout: 1500,
      retries: { retries: 3, factor: 1.5, minTimeout: 10, maxTimeout: 100, randomize: true },
    });
    await scene.engine.submit(batch, { hold: 0 });
    expect((await worker.next()).claim.batch).toEqual(batch);
  });

  it('a batch of 200 kB', async ({ scene, worker }) => {
    const args = Array.from({ length: 200 }, (_, index) => `${index}:${'ä"'.repeat(250)}`);
    const batch = batchOfSteps({ name: 'a', args, outcome: 'success' }, { name: 'b', args: [], outcome: 'success' });
    await scene.engine.submit(batch, { hold: 0 });
    const run = await worker.next();
    expect(run.claim.batch).toEqual(batch);
    await run.claim.checkpoint({ cursor: 1, failures: 0 });
    run.end({ type: 'yield' });
    expect((await worker.next()).claim).toMatchObject({ batch, progress: { cursor: 1, failures: 0 } });
  });

  it('a version that this process does not know', async ({ scene, worker }) => {
    const { id, ...batch } = batchOfSteps({ name: 'a', args: [], outcome: 'success' });
    const later = { ...batch, id, v: 2, steps: { of: 'another shape' } };
    await scene.store.putForeign({ batch: later, progress: { cursor: 3, failures: 0 } });
    const run = await worker.next();
    expect(run.claim.batch).toEqual(later);
    expect(run.claim.progress).toEqual({ cursor: 3, failures: 0 });
  });

  for (const data of [
    { hello: 'world' },
    null,
    { batch: 7, progress: 'x' },
    { batch: { steps: [null, 1, { name: 5 }] }, progress: { cursor: -1, failures: '2' } },
    { batch: [], progress: { cursor: 1.5, failures: 0 } },
  ]) {
    const what = `a job of somebody else, ${JSON.stringify(data)}, from its beginning, to be failed`;
    it(what, async ({ scene, worker }) => {
      const id = await scene.store.putForeign(data);
      const run = await worker.next();
      expect(run.claim.id).toBe(id);
      expect(run.claim.progress).toEqual({ cursor: 0, failures: 0 });
      run.end({ type: 'failed', error: 'not ours' });
      const failed = await scene.until(id, 'failed');
      expect(failed).toMatchObject({ id, cursor: 0, error: 'not ours' });
      expect(await scene.engine.failed(10)).toEqual([failed]);
    });
  }
}
