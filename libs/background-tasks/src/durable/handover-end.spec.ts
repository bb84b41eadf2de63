import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { MemoryTransaction } from '../../../../test/harness/memory-engine.js';

/** Milliseconds that are over soon. */
const SHORT = { hold: 60, submitTimeout: 30 };

describe('once a response is over, what was stored for it', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => begin());

  afterEach(() => scene.close());

  function begin(options = {}): void {
    scene = new DurableScene(options);
    served = scene.serve();
  }

  /** Has the engine hold up what it is asked for in this way. */
  function holdUp(method: string): () => void {
    const hold = deferred();
    scene.engine.before = (call) => (call.method === method ? hold.promise : Promise.resolve());
    return () => hold.resolve();
  }

  it('is taken back where it ended otherwise, and what is for that end is stored in its place', async () => {
    served.add('success');
    served.add('always', { runOn: 'always' });
    served.add('failure', { runOn: 'failure' });
    await served.store();
    served.end('errored', 500);
    await scene.idle();
    expect(scene.calls).toEqual(expect.arrayContaining(['discard', 'submit']));
    expect(scene.calls).not.toContain('release');
    const ran = scene.stored.flatMap(({ steps }) =>
      steps.map(({ args, outcome }) => `${String(args[0])} after ${outcome}`),
    );
    expect(ran.toSorted()).toEqual(['always after failure', 'failure after failure']);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 2, skipped: 1 });
    expect(scene.lines('debug').at(-1)).toContain('the response ended in failure');
    expect(scene.lines('warn')).toEqual([]);
  });

  it('is taken back as a whole where one call of several ended otherwise, and the rest is stored anew', async () => {
    served.add('a');
    served.call.end('completed');
    const other = served.handle();
    served.add('b');
    await served.response.ask();
    expect(scene.mails).toEqual([['a after success', 'b after success']]);
    other.end('errored');
    served.response.end(false);
    await scene.engine.until('submit', 2);
    await scene.idle();
    expect(scene.calls).toEqual(['submit', 'discard', 'submit']);
    expect(scene.mails).toEqual([['a after success']]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 1, skipped: 1 });
  });

  it('counts as skipped where it is too late to take it back, and is not stored again', async () => {
    served.add('always', { runOn: 'always' });
    await served.store();
    // a worker has it
    scene.engine.discard = async () => false;
    served.end('errored');
    await scene.idle();
    expect(scene.calls.filter((method) => method === 'submit')).toHaveLength(1);
    expect(scene.told()).toContain('skipped Mailer.send by outcome');
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 0, skipped: 1 });
    expect(scene.lines('warn')).toEqual([]);
  });

  it('may run where nobody could be asked to take it back, and a line says so', async () => {
    begin(SHORT);
    served.add('a', { runOn: 'always' });
    await served.store();
    scene.engine.down = true;
    served.end('errored');
    await scene.idle();
    expect(scene.lines('warn')).toEqual([expect.stringContaining('may run ("Mailer.send")')]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, skipped: 1 });
  });

  it('is said nothing of, where it was in a transaction that was rolled back', async () => {
    begin(SHORT);
    served.add('a', { runOn: 'always' });
    const id = await served.batch.handover?.persistIn(new MemoryTransaction());
    expect(id).toMatch(/^[\da-f-]{36}$/);
    scene.engine.down = true;
    served.end('errored');
    await scene.idle();
    expect(scene.lines('warn')).toEqual([]);
  });

  it('was stored by its transaction, which leaves the gates nothing', async () => {
    const transaction = new MemoryTransaction();
    served.add('a');
    served.add('failure', { runOn: 'failure' });
    await served.batch.handover?.persistIn(transaction);
    expect(await served.batch.handover?.persistIn(transaction)).toBeUndefined();
    expect(served.store()).toBeUndefined();
    transaction.commit();
    served.end();
    await scene.idle();
    expect(scene.calls).toEqual(['submit', 'release']);
    expect(scene.mails).toEqual([['a after success']]);
  });

  it('is released by the process that is still on its way to it, when the store has answered', async () => {
    const answer = holdUp('submit');
    served.add('a');
    const storing = served.store();
    served.end();
    answer();
    await storing;
    await scene.idle();
    expect(scene.calls).toEqual(['submit', 'release']);
    expect(scene.told()).toEqual(['added Mailer.send', 'settled', 'stored', 'released']);
  });

  it('is waited for until the engine has said that it is released', async () => {
    served.add('a');
    await served.store();
    const answer = holdUp('release');
    served.end();
    await scene.engine.until('release');
    expect(scene.told().at(-1)).toBe('released');
    expect(scene.scheduler.application.openBatches.unfinished.size).toBe(1);
    answer();
    await scene.idle();
    expect([...(served.batch.handover?.batches ?? [])]).toEqual([]);
  });

  it('has its hold prolonged as long as that lasts, and no longer', async () => {
    begin(SHORT);
    served.add('a');
    await served.store();
    served.add('waits', { runOn: 'failure' });
    await scene.engine.until('extend', 3);
    const extended = scene.engine.calls.filter(({ method }) => method === 'extend').map(({ id }) => id);
    expect(new Set(extended)).toEqual(new Set([scene.stored[0]?.id]));
    expect((await scene.engine.get(scene.stored[0]?.id ?? ''))?.state).toBe('held');
    served.end();
    await scene.idle();
    const before = scene.calls.filter((method) => method === 'extend').length;
    const other = scene.serve();
    other.add('b');
    await other.store();
    await scene.engine.until('extend', before + 2);
    const ids = scene.engine.calls.filter(({ method }) => method === 'extend').slice(before);
    expect(new Set(ids.map(({ id }) => id))).toEqual(new Set([scene.stored[1]?.id]));
    other.end();
  });

  it('is released after what was said of its hold before, and not before', async () => {
    begin({ hold: 30, submitTimeout: 15 });
    served.add('a');
    const answer = holdUp('extend');
    await served.store();
    await scene.engine.until('extend');
    served.end();
    answer();
    await scene.engine.until('release');
    expect(scene.calls.slice(0, 3)).toEqual(['submit', 'extend', 'release']);
  });
});
