import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { Drain } from './drain.js';

type Wait = 'waitForKnown' | 'waitForAll';

describe('the drain, when it waits,', () => {
  let scene: SchedulerScene;
  let drain: Drain;

  beforeEach(() => {
    scene = new SchedulerScene();
    drain = new Drain(scene.scheduler);
  });

  async function busy(name: string): Promise<ReturnType<SchedulerScene['busy']>> {
    const made = scene.busy(name);
    scene.scheduler.run(made.batch.real);
    await scene.timeline.until(name);
    return made;
  }

  const lines = (): unknown[] => scene.logger.ofTasks('log').map(({ message }) => message);

  it.each<[Wait]>([['waitForKnown'], ['waitForAll']])('%s: says for what, once, when it begins', async (method) => {
    const { batch, work } = await busy('running');
    scene.add(batch, 'pending');
    const end = scene.handle(new FakeBatch());
    expect(scene.runner.stats().draining).toBe(false);
    const waiting = drain[method]();
    expect(scene.runner.stats().draining).toBe(true);
    work.resolve();
    end();
    await waiting;
    await busy('later').then(({ work: other }) => other.resolve());
    await drain[method]();
    expect(lines()).toEqual([
      'The application shuts down, and waits for 2 background tasks ("running", "pending") and 1 handler at work.',
    ]);
  });

  it('says so in the wait that has something to wait for', async () => {
    await drain.waitForKnown();
    expect(lines()).toEqual([]);
    const { work } = await busy('late');
    const waiting = drain.waitForAll();
    work.resolve();
    await waiting;
    expect(lines()).toEqual(['The application shuts down, and waits for 1 background task ("late").']);
  });

  it('asks each batch once when it is quiet, however often it looks for streams', async () => {
    const { batch, work } = await busy('a');
    const onceFinished = jest.spyOn(batch, 'onceFinished');
    Object.defineProperty(batch.settling, 'isStreaming', { get: () => scene.timeline.mark('looked') });
    const waiting = drain.waitForKnown();
    await scene.timeline.until('looked', 3);
    work.resolve();
    await waiting;
    expect(onceFinished).toHaveBeenCalledTimes(1);
  });
});
