import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { MemoryTransaction } from '../../../../test/harness/memory-engine.js';
import { turn } from '../core/batch/clock.js';
import { DurableStoreError } from '../core/errors/durable-store.error.js';
import { TaskGroup } from '../core/tasks/task-group.js';

describe('the durable tasks of a response', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => {
    scene = new DurableScene();
    served = scene.serve();
  });

  afterEach(() => scene.close());

  it('are stored together before its handler ends, and released when it is over', async () => {
    served.add('a');
    served.add('b', { runOn: 'always' });
    expect(scene.calls).toEqual([]);
    await served.store();
    expect(scene.mails).toEqual([['a after success', 'b after success']]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 2, stored: 0 });
    served.end();
    await scene.idle();
    expect(scene.calls).toEqual(['submit', 'release']);
    expect(scene.told()).toEqual(['added Mailer.send', 'added Mailer.send', 'stored', 'settled', 'released']);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 2, failed: 0 });
  });

  it('are those that are for the end that it comes to', async () => {
    served.add('success');
    served.add('failure', { runOn: 'failure' });
    served.add('always', { runOn: 'always' });
    await served.store();
    expect(scene.mails).toEqual([['success after success', 'always after success']]);
    served.end();
    await scene.idle();
    expect(scene.told()).toContain('skipped Mailer.send by outcome');
    expect(scene.lines('debug')).toEqual([expect.stringContaining('the response ended in success')]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 2, skipped: 1 });
  });

  it('are asked for once by its first byte, which waits for what is being stored', async () => {
    const store = deferred();
    scene.engine.before = () => store.promise;
    served.add('a');
    served.add('b');
    expect(served.response.asked).toBe(1);
    const handler = served.store();
    const byte = served.response.ask();
    expect(byte).toBe(handler);
    store.resolve();
    await byte;
    expect(scene.mails).toEqual([['a after success', 'b after success']]);
    expect(served.response.ask()).toBeUndefined();
    expect(served.store()).toBeUndefined();
  });

  it('are stored by the status where the first byte comes before its handler ends', async () => {
    served.add('success');
    served.add('failure', { runOn: 'failure' });
    served.response.statusCode = 404;
    await served.response.ask();
    expect(scene.mails).toEqual([['failure after failure']]);
  });

  it('make a further batch, where they are added after the others were stored; both are waited for', async () => {
    const stores = [deferred(), deferred()];
    let count = 0;
    scene.engine.before = async ({ method }) => void (method === 'submit' && (await stores[count++]?.promise));
    served.add('a');
    const first = served.store();
    served.add('b');
    const second = served.store();
    stores[1]?.resolve();
    let isOver = false;
    void second?.then(() => (isOver = true));
    await scene.engine.until('submit', 2);
    await turn();
    expect(isOver).toBe(false);
    stores[0]?.resolve();
    await Promise.all([first, second]);
    expect(scene.mails).toEqual([['a after success'], ['b after success']]);
    served.end();
    await scene.idle();
    expect(scene.calls).toEqual(['submit', 'submit', 'release', 'release']);
  });

  it('are known to be there, each once, until the engine runs them', async () => {
    const task = served.add('a');
    const { batch } = served;
    expect(batch.add(task, TaskGroup.ofItsOwn(), served.call)).toBe(false);
    expect(batch.handover?.has(task)).toBe(true);
    await served.store();
    expect(batch.handover?.has(task)).toBe(true);
    expect(batch.add(task, TaskGroup.ofItsOwn(), served.call)).toBe(false);
    expect([...batch.added].map((each) => each.task)).toEqual([task]);
    served.end();
    await scene.idle();
    expect(batch.handover?.has(task)).toBe(false);
    expect([...batch.added]).toEqual([]);
  });

  it('are cancelled until they are stored, and are not taken in there again', async () => {
    const [kept, cancelled] = [served.add('kept'), served.add('cancelled')];
    expect(cancelled.cancel()).toBe(true);
    expect(served.batch.add(cancelled, TaskGroup.ofItsOwn(), served.call)).toBe(false);
    await served.store();
    expect(kept.cancel()).toBe(false);
    expect(scene.mails).toEqual([['kept after success']]);
    served.end();
    await scene.idle();
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 1, skipped: 1 });
  });

  it('that were all cancelled leave nothing to be stored, or waited for', async () => {
    served.add('a').cancel();
    expect(served.store()).toBeUndefined();
    served.end();
    await scene.idle();
    expect(scene.calls).toEqual([]);
  });

  describe('where the engine is out of reach', () => {
    beforeEach(() => {
      scene.engine.down = true;
    });

    it('fail its handler with an error that names them, and are skipped by the outcome', async () => {
      served.add('a');
      served.add('b', {}, 'audit');
      served.add('never', { runOn: 'failure' });
      const error = await served.store()?.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DurableStoreError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/"Mailer.send", "Mailer.audit"/),
        cause: new Error('The store is out of reach.'),
      });
      expect(scene.lines('error')).toEqual([]);
      served.end('errored', 503);
      await scene.idle();
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, skipped: 2, failed: 1 });
      expect(scene.lines('error')).toEqual([expect.stringContaining('could not be stored, and will not run')]);
    });

    it('are not tried again for the first byte of the same failure', async () => {
      served.add('a');
      await expect(served.store()).rejects.toThrow(DurableStoreError);
      await expect(served.response.ask()).rejects.toThrow(DurableStoreError);
      served.response.statusCode = 503;
      expect(served.response.ask()).toBeUndefined();
      expect(scene.calls.filter((method) => method === 'submit')).toHaveLength(1);
    });

    it('are tried anew by another attempt of its handler', async () => {
      served.add('a');
      await expect(served.store()).rejects.toThrow(DurableStoreError);
      served.call.end('errored');
      scene.engine.down = false;
      served.handle();
      served.add('b');
      await served.store();
      expect(scene.mails).toEqual([['b after success']]);
    });

    it('leave an answer that is an error as it is, and are lost with a line', async () => {
      served.add('a', { runOn: 'always' });
      served.add('b', { runOn: 'failure' });
      await served.store('failure');
      expect(scene.lines('error')).toEqual([expect.stringContaining('tasks "Mailer.send", "Mailer.send" could not')]);
      served.end('errored');
      await scene.idle();
      expect(scene.told().filter((line) => line.startsWith('failed'))).toHaveLength(2);
      expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, failed: 2, skipped: 0 });
      expect(scene.calls.filter((method) => method === 'submit')).toHaveLength(1);
    });

    it('reject in its transaction with what the driver throws, and wait again', async () => {
      served.add('a');
      await expect(served.batch.handover?.persistIn(new MemoryTransaction())).rejects.toThrow('out of reach');
      scene.engine.down = false;
      await served.succeed();
      await scene.idle();
      expect(scene.mails).toEqual([['a after success']]);
    });
  });
});
