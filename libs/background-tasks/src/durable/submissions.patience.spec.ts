import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { MemoryTransaction } from '../../../../test/harness/memory-engine.js';

/** Milliseconds; the hold is not over while a test lasts. */
const PATIENT = { hold: 60_000, submitTimeout: 30 };

describe('an engine that is out of reach for a moment', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => begin(PATIENT));

  afterEach(() => scene.close());

  function begin(options: ConstructorParameters<typeof DurableScene>[0]): void {
    scene = new DurableScene(options);
    served = scene.serve();
  }

  /** Has the next call of this method fail. */
  function failOnce(method: string): void {
    let isFirst = true;
    scene.engine.before = async (call) => {
      if (call.method !== method || !isFirst) return;
      isFirst = false;
      throw new Error('out of reach for a moment');
    };
  }

  const state = async (): Promise<string | undefined> => (await scene.engine.get(scene.stored[0]?.id ?? ''))?.state;

  it('is asked again to release what is held', async () => {
    served.add('a');
    await served.store();
    failOnce('release');
    served.end();
    await scene.engine.until('release', 2);
    await scene.idle();
    expect(await state()).toBe('waiting');
  });

  it('is asked again to release what a transaction has stored, once that has committed', async () => {
    const transaction = new MemoryTransaction();
    served.add('a');
    await served.batch.handover?.persistIn(transaction);
    expect(scene.mails).toEqual([]);
    transaction.commit();
    failOnce('release');
    served.end();
    await scene.engine.until('release', 2);
    await scene.idle();
    expect(await state()).toBe('waiting');
  });

  it('is asked again for as long as the hold was prolonged', async () => {
    begin({ hold: 150, submitTimeout: 30 });
    served.add('a');
    await served.store();
    await scene.engine.until('extend', 4);
    failOnce('release');
    served.end();
    await scene.engine.until('release', 2);
    await scene.idle();
    expect(await state()).toBe('waiting');
  });

  it('is asked again to take back what is held', async () => {
    served.add('a');
    await served.store();
    failOnce('discard');
    served.end('errored');
    await scene.engine.until('discard', 2);
    await scene.idle();
    expect(scene.mails).toEqual([]);
    expect(scene.lines('warn')).toEqual([]);
  });

  describe('and has taken back what it did not say', () => {
    /** It does what it is asked for the first time, and nobody hears of it. */
    function loseFirstAnswer(does: (id: string) => void): void {
      const discard = scene.engine.discard.bind(scene.engine);
      let isFirst = true;
      scene.engine.discard = async (id) => {
        if (!isFirst) return discard(id);
        isFirst = false;
        does(id);
        return new Promise(() => undefined);
      };
    }

    beforeEach(async () => {
      served.add('always', { runOn: 'always' });
      await served.store();
    });

    it('has that stored for the end that came', async () => {
      loseFirstAnswer((id) => void scene.engine.store.remove(id));
      served.end('errored');
      await scene.engine.until('submit', 2);
      await scene.idle();
      expect(scene.mails).toEqual([['always after failure']]);
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 1, skipped: 0 });
    });

    it('has that not stored again where a worker has it after all', async () => {
      loseFirstAnswer((id) => {
        scene.engine.store.defer(id, 0);
        scene.engine.store.take({ maxCrashes: 1, lost: () => undefined });
      });
      served.end('errored');
      await scene.engine.until('get');
      await scene.idle();
      expect(scene.calls.filter((method) => method === 'submit')).toHaveLength(1);
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 0, skipped: 1 });
    });
  });

  it('knows nothing of what a transaction may not have stored: that is not stored for the other end', async () => {
    served.add('always', { runOn: 'always' });
    await served.batch.handover?.persistIn(new MemoryTransaction());
    failOnce('discard');
    served.end('errored');
    await scene.engine.until('discard', 2);
    await scene.idle();
    expect(scene.calls).not.toContain('get');
    expect(scene.calls.filter((method) => method === 'submit')).toHaveLength(1);
  });

  it('is given what is carried in the context of the last of several', async () => {
    const storage = new AsyncLocalStorage<string>();
    begin({ carry: () => ({ request: storage.getStore() ?? 'none' }) });
    for (const name of ['first', 'second', 'last']) storage.run(name, () => served.add(name));
    await served.store();
    expect(scene.stored[0]?.carry).toEqual({ request: 'last' });
  });
});
