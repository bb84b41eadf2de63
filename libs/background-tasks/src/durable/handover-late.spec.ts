import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { DurableScene, type Served } from '../../../../test/harness/durable-scene.js';
import { FakeHandler } from '../../../../test/harness/fake-awaited.js';
import { DurableStoreError } from '../core/errors/durable-store.error.js';

describe('a durable task that nobody waits for', () => {
  let scene: DurableScene;
  let served: Served;

  beforeEach(() => {
    scene = new DurableScene();
    served = scene.serve();
  });

  afterEach(() => scene.close());

  it('is stored for a worker to have at once, where it is added when the response is over', async () => {
    served.end();
    served.add('late').with({ name: 'named then' });
    await scene.engine.until('submit');
    await scene.idle();
    expect(scene.calls).toEqual(['submit']);
    expect((await scene.engine.get(scene.stored[0]?.id ?? ''))?.state).toBe('waiting');
    expect(scene.told()).toEqual(['added named then', 'settled', 'stored', 'released']);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 1 });
  });

  it('is skipped then, where it is for the other end', async () => {
    served.end();
    served.add('late', { runOn: 'failure' });
    await scene.idle();
    expect(scene.calls).toEqual([]);
    expect(scene.told().slice(-2)).toEqual(['skipped Mailer.send by outcome', 'finished']);
  });

  it('is tried again until it is stored', async () => {
    let isFirst = true;
    scene.engine.before = async () => {
      if (isFirst) isFirst = false;
      else return;
      throw new Error('out of reach for a moment');
    };
    served.end();
    served.add('late');
    await scene.engine.until('submit', 2);
    await scene.idle();
    expect(scene.mails).toEqual([['late after success']]);
    expect(scene.lines('error')).toEqual([]);
  });

  it('is lost with a line, where the application is closed before', async () => {
    scene.engine.down = true;
    served.end();
    served.add('late');
    await scene.engine.until('submit');
    scene.close();
    await scene.idle();
    expect(scene.lines('error')).toEqual([expect.stringContaining('"Mailer.send" could not be stored')]);
    expect(scene.told()).toContain('failed Mailer.send');
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, failed: 1 });
  });

  it('is stored when the response is over, where its client had gone before', async () => {
    served.add('a');
    served.response.isEnded = true;
    served.response.end(true);
    expect(served.store()).toBeUndefined();
    expect(scene.calls).toEqual([]);
    served.call.end('completed');
    await scene.engine.until('submit');
    await scene.idle();
    expect(scene.calls).toEqual(['submit']);
    expect(scene.told()).toEqual(['added Mailer.send', 'settled', 'stored', 'released']);
  });

  it('is tried again then, where its client has gone while it could not be stored', async () => {
    const failure = deferred();
    let isFirst = true;
    scene.engine.before = async ({ method }) => {
      if (method !== 'submit' || !isFirst) return;
      isFirst = false;
      await failure.promise;
    };
    served.add('a');
    const storing = served.store();
    served.response.isEnded = true;
    served.response.end(true);
    failure.reject(new Error('no'));
    await storing;
    served.call.end('completed');
    await scene.engine.until('submit', 2);
    await scene.idle();
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, stored: 1, failed: 0 });
    expect(scene.lines('error')).toEqual([]);
  });

  it('is skipped by a shutdown that waits no longer, with a line', async () => {
    served.end();
    scene.scheduler.stop(new Error('over'));
    served.add('late');
    await scene.idle();
    expect(scene.calls).toEqual([]);
    expect(scene.told().slice(-2)).toEqual(['skipped Mailer.send by shutdown', 'finished']);
    expect(scene.lines('error')).toEqual([expect.stringContaining('the application has shut down')]);
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, skipped: 1 });
  });

  it('is named by that as pending, as long as it is on its way', async () => {
    const answer = deferred();
    scene.engine.before = () => answer.promise;
    served.add('on its way');
    const storing = served.store();
    expect(scene.scheduler.stop(new Error('over'))).toEqual(['Mailer.send']);
    answer.resolve();
    await storing;
    served.end();
    await scene.engine.until('release');
    expect(scene.mails).toEqual([['on its way after success']]);
  });

  it('fails what a stream sends next, and is lost with a line, as its answer has begun', async () => {
    scene.engine.down = true;
    served.add('a');
    served.response.isStreaming = true;
    await expect(served.store()).rejects.toThrow(DurableStoreError);
    expect(scene.lines('error')).toEqual([expect.stringContaining('"Mailer.send" could not be stored')]);
    served.end();
    await scene.idle();
    expect(scene.scheduler.reports.counts).toMatchObject({ pending: 0, failed: 1 });
  });

  it('is lost with a line, where nobody hears of how its call ends', async () => {
    scene.engine.down = true;
    served.add('a');
    const unanswered = Object.assign(new FakeHandler(), { isUnanswered: true });
    served.batch.settling.follow(unanswered);
    served.call.end('completed');
    await expect(served.store('success', unanswered)).rejects.toThrow(DurableStoreError);
    expect(scene.lines('error')).toHaveLength(1);
  });
});
