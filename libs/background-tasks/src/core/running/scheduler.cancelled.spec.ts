import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import type { BatchEntry } from '../batch/batch.js';
import { BackgroundTask } from '../tasks/background-task.js';

let scene: SchedulerScene;

beforeEach(() => {
  scene = new SchedulerScene();
});

/** Takes the first task out of `batch`, as a batch does before it says so. */
function cancelIn(batch: FakeBatch): void {
  const entry: BatchEntry | undefined = batch.takeUnsettled();
  if (entry !== undefined) scene.scheduler.cancelled(entry);
}

describe('a scheduler that is told of a cancelled task', () => {
  it('counts it, tells of it, and logs it at debug level', () => {
    const batch = scene.add(scene.add(new FakeBatch(), 'a'), 'b');
    cancelIn(batch);
    expect(scene.told()).toEqual(['added a', 'added b', 'skipped a by cancelled']);
    expect(scene.runner.stats()).toMatchObject({ batches: 1, pending: 1, skipped: 1, failed: 0 });
    expect(scene.logger.ofTasks('debug').map(({ message }) => message)).toEqual([
      'Background task "a" was skipped: it was cancelled.',
    ]);
  });

  it('is done with a batch that has no other, which can get another', async () => {
    const batch = scene.add(new FakeBatch(), 'a');
    const idle = scene.runner.idle();
    cancelIn(batch);
    await idle;
    expect(scene.told().at(-1)).toBe('finished');
    scene.add(batch, 'b');
    expect(scene.runner.stats()).toMatchObject({ batches: 1, pending: 1 });
    scene.scheduler.run(batch.real);
    await scene.runner.idle();
    expect(scene.timeline.events).toEqual(['b']);
  });

  it('is not done with a batch while another task of it runs', async () => {
    const { batch, work } = scene.busy('a');
    scene.add(batch, 'b');
    scene.scheduler.run(batch.real);
    await scene.timeline.until('a');
    cancelIn(batch);
    expect(scene.runner.stats()).toMatchObject({ batches: 1, running: 1, pending: 0 });
    work.resolve();
    await scene.runner.idle();
    expect(scene.told().slice(-2)).toEqual(['succeeded a', 'finished']);
  });

  it('is not done with a batch whose task is in the midst of its synchronous part', async () => {
    const batch = scene.add(new FakeBatch(), 'a', () => cancelIn(batch));
    scene.add(batch, 'b');
    scene.scheduler.run(batch.real);
    await scene.runner.idle();
    expect(scene.told().slice(-3)).toEqual(['skipped b by cancelled', 'succeeded a', 'finished']);
  });
});

describe('a scheduler with room for some tasks', () => {
  it('admits so many, all of them or none', async () => {
    const { work } = scene.busy('a');
    scene.add(new FakeBatch(), 'b');
    const task = new BackgroundTask(() => undefined).with({ name: 'c' });
    scene.scheduler.configure({ ...scene.scheduler.options, maxPending: 4 });
    expect(() => scene.scheduler.admit(2, task, new FakeBatch().real)).not.toThrow();
    expect(() => scene.scheduler.admit(3, task, new FakeBatch().real)).toThrow(
      '`c`: 4 already wait or run, which is `maxPending`',
    );
    expect(scene.runner.stats().pending).toBe(2);
    work.resolve();
  });
});
