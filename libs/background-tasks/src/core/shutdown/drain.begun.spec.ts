import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Deferred, deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { Drain } from './drain.js';

describe('a drain while the server is open', () => {
  let scene: SchedulerScene;
  let work: Deferred;

  beforeEach(() => {
    scene = new SchedulerScene();
    work = deferred();
  });

  /** A scope that has a task, which lasts until the test ends it. */
  const begin = (): Promise<void> => scene.runner.scope((tasks) => void tasks.addTask(() => work.promise));

  async function drainWhile(begins: () => unknown): Promise<void> {
    const waiting = new Drain(scene.scheduler).waitForKnown();
    await begins();
    await waiting;
    scene.timeline.mark('drained');
  }

  it('does not wait for a scope that comes from elsewhere', async () => {
    const known = scene.busy('known');
    scene.scheduler.run(known.batch.real);
    await scene.timeline.until('known');
    await drainWhile(async () => {
      await begin();
      known.work.resolve();
    });
    expect(scene.open.unfinished.size).toBe(1);
    work.resolve();
  });

  it('waits for one that may be of a handler at work, of which no async context tells', async () => {
    const end = scene.handle(new FakeBatch());
    await drainWhile(async () => {
      await begin();
      end();
      setImmediate(() => work.resolve());
    });
    expect(scene.open.unfinished.size).toBe(0);
  });
});
