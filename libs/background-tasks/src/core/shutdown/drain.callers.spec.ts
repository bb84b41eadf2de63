import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { currentTask } from '../running/current-task.js';
import { Drain } from './drain.js';

describe('a drain that a task begins', () => {
  let scene: SchedulerScene;
  let drain: Drain;

  beforeEach(() => {
    scene = new SchedulerScene();
    // for ever, if it waited for that task
    scene.scheduler.configure({ ...DEFAULT_OPTIONS, shutdownTimeout: Infinity });
    drain = new Drain(scene.scheduler);
  });

  async function drainAll(): Promise<void> {
    await drain.waitForKnown();
    await drain.waitForKnown();
    await drain.waitForAll();
    scene.timeline.mark('drained');
  }

  const lost = (): unknown[] => scene.recorded.told.flatMap((event) => (event.type === 'drained' ? [event.lost] : []));
  const logged = (level: string): unknown[] => scene.logger.ofTasks(level).map(({ message }) => message);

  async function run(batch: FakeBatch): Promise<void> {
    scene.scheduler.run(batch.real);
    await scene.runner.idle();
  }

  it('does not wait for it, and says nothing where there is nothing else', async () => {
    await run(scene.add(new FakeBatch(), 'closes', drainAll));
    expect(scene.timeline.events).toEqual(['closes', 'drained']);
    expect([logged('log'), logged('error')]).toEqual([[], []]);
    expect(lost()).toEqual([[]]);
  });

  it('waits for everything else', async () => {
    const other = scene.busy('other');
    scene.scheduler.run(other.batch.real);
    await scene.timeline.until('other');
    const idle = run(scene.add(new FakeBatch(), 'closes', drainAll));
    await scene.timeline.until('closes');
    await new Promise((resolve) => setImmediate(resolve));
    scene.timeline.mark('other ends');
    other.work.resolve();
    await idle;
    expect(scene.timeline.events).toEqual(['other', 'closes', 'other ends', 'drained']);
    expect(logged('log')).toEqual(['The application shuts down, and waits for 1 background task ("other").']);
  });

  it('loses what stands behind it, and names it; its own signal does not abort', async () => {
    let signal: AbortSignal | undefined;
    const batch = scene.add(new FakeBatch(), 'closes', () => {
      signal = currentTask()?.signal;
      return drainAll();
    });
    scene.add(batch, 'behind');
    await run(batch);
    expect(scene.timeline.events).toEqual(['closes', 'drained']);
    expect(signal?.aborted).toBe(false);
    expect(lost()).toEqual([['behind']]);
    expect(scene.told()).toContain('skipped behind by shutdown');
    expect(logged('error')).toEqual([
      'Background tasks are lost: what closed the application did not end before that was done, and they had to wait ' +
        'for it. Never started: "behind".',
    ]);
  });

  it('waits for what stands behind it where it does not wait for the drain', async () => {
    const drained = deferred();
    const batch = scene.add(new FakeBatch(), 'closes', async () => {
      void drainAll().then(() => drained.resolve());
      for (let step = 0; step < 100; step++) await Promise.resolve();
    });
    scene.add(batch, 'behind', () => new Promise((resolve) => setImmediate(resolve)));
    scene.scheduler.run(batch.real);
    await drained.promise;
    expect(scene.timeline.events).toEqual(['closes', 'behind', 'drained']);
    expect(lost()).toEqual([[]]);
  });

  it('is waited for neither by another that a task begins meanwhile', async () => {
    const [first, second] = ['first', 'second'].map((name) => scene.add(new FakeBatch(), name, drainAll));
    for (const batch of [first, second]) if (batch !== undefined) scene.scheduler.run(batch.real);
    await scene.runner.idle();
    expect(scene.timeline.events).toEqual(['first', 'second', 'drained', 'drained']);
    expect(lost()).toEqual([[]]);
  });

  it('when its time is over, neither names it as lost nor tells it to stop', async () => {
    const limited = new SchedulerScene();
    limited.scheduler.configure({ ...DEFAULT_OPTIONS, shutdownTimeout: 5 });
    drain = new Drain(limited.scheduler);
    const other = limited.busy('other');
    limited.scheduler.run(other.batch.real);
    let signal: AbortSignal | undefined;
    const closing = limited.add(new FakeBatch(), 'closes', async () => {
      signal = currentTask()?.signal;
      await drainAll();
      other.work.resolve();
    });
    limited.scheduler.run(closing.real);
    await limited.runner.idle();
    expect(signal?.aborted).toBe(false);
    expect(limited.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background tasks were not done within the shutdownTimeout of 5 ms, and are lost. Still running: "other".',
    ]);
  });
});
