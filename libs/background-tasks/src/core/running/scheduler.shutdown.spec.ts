import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { currentTask } from './current-task.js';

const enough = new Error('enough');

let scene: SchedulerScene;

beforeEach(() => {
  scene = new SchedulerScene();
});

describe('the scheduler that begins to drain', () => {
  it('says so to its batches, and has those settle that wait for nobody but whoever ends their response', () => {
    const [waiting, other] = [new FakeBatch(), new FakeBatch()];
    scene.add(waiting, 'a');
    expect(scene.scheduler.isDraining).toBe(false);
    scene.scheduler.beginDraining();
    expect(scene.scheduler.isDraining).toBe(true);
    expect([waiting, other].map(({ settling }) => settling.settledNow)).toEqual([1, 0]);
  });
});

describe('the scheduler, asked what is open', () => {
  it('names each batch that has tasks or a handler at work, once', () => {
    const [waiting, handled, both] = [new FakeBatch(), new FakeBatch(), new FakeBatch()];
    scene.add(waiting, 'a');
    scene.add(both, 'b');
    const endings = [handled, both].map((batch) => scene.handle(batch));
    expect(scene.open.all).toEqual(new Set([waiting.real, both.real, handled.real]));
    expect(scene.open.all.size).toBe(3);
    for (const end of endings) end();
    expect([...scene.open.all]).toEqual([waiting.real, both.real]);
  });
});

describe('the scheduler, asked when a batch is quiet', () => {
  it('says so at once of one without tasks and without a handler', async () => {
    await expect(scene.open.whenQuiet(new FakeBatch().real)).resolves.toBeUndefined();
  });

  it('waits for its tasks', async () => {
    const { batch, work } = scene.busy('a');
    const quiet = scene.open.whenQuiet(batch.real).then(() => scene.timeline.mark('quiet'));
    scene.scheduler.run(batch.real);
    await scene.timeline.until('a');
    scene.timeline.mark('work ends');
    work.resolve();
    await quiet;
    expect(scene.timeline.events).toEqual(['a', 'work ends', 'quiet']);
  });

  it('waits for its handler, and then for the tasks that came meanwhile', async () => {
    const batch = new FakeBatch();
    const end = scene.handle(batch);
    const quiet = scene.open.whenQuiet(batch.real).then(() => scene.timeline.mark('quiet'));
    scene.add(batch, 'a');
    end();
    scene.scheduler.run(batch.real);
    await quiet;
    expect(scene.timeline.events).toEqual(['a', 'quiet']);
  });

  it('waits for a handler that began while its tasks ran', async () => {
    const { batch, work } = scene.busy('a');
    const quiet = scene.open.whenQuiet(batch.real).then(() => scene.timeline.mark('quiet'));
    scene.scheduler.run(batch.real);
    await scene.timeline.until('a');
    const end = scene.handle(batch);
    work.resolve();
    await scene.runner.idle();
    scene.timeline.mark('handler ends');
    end();
    await quiet;
    expect(scene.timeline.events).toEqual(['a', 'handler ends', 'quiet']);
  });
});

describe('the scheduler, when it stops', () => {
  it('starts no further task, and names those', async () => {
    const [running, waiting] = [scene.busy('running'), new FakeBatch()];
    scene.add(running.batch, 'after it');
    scene.scheduler.run(running.batch.real);
    await scene.timeline.until('running');
    scene.add(waiting, 'waiting');
    await Promise.resolve();
    expect(scene.scheduler.stop(enough)).toEqual(['after it', 'waiting']);
    expect(scene.told().slice(4)).toEqual(['skipped after it by shutdown', 'skipped waiting by shutdown', 'finished']);
    expect(scene.namesOfRunning).toEqual(['running']);
    running.work.resolve();
    await scene.runner.idle();
    expect(scene.timeline.events).toEqual(['running']);
    expect(scene.told().slice(7)).toEqual(['succeeded running', 'finished']);
    expect(scene.runner.stats()).toMatchObject({ batches: 0, succeeded: 1, skipped: 2 });
  });

  it('tells what is running to stop', async () => {
    const aborted = deferred<unknown>();
    const batch = scene.add(new FakeBatch(), 'a', () => {
      const signal = currentTask()?.signal;
      signal?.addEventListener('abort', () => aborted.resolve(signal.reason));
      return aborted.promise;
    });
    scene.scheduler.run(batch.real);
    await scene.timeline.until('a');
    expect(scene.scheduler.stop(enough)).toEqual([]);
    expect(await aborted.promise).toBe(enough);
  });

  it('takes a batch that is about to run, and has no task at work, for finished', async () => {
    const batch = scene.add(new FakeBatch(), 'a');
    scene.scheduler.run(batch.real);
    expect(scene.namesOfRunning).toEqual([]);
    expect(scene.scheduler.stop(enough)).toEqual(['a']);
    await scene.runner.idle();
    expect(scene.told()).toEqual(['added a', 'skipped a by shutdown', 'finished']);
    expect(scene.namesOfRunning).toEqual([]);
  });

  it('skips what comes later, once its adder has had the time to name it', async () => {
    scene.scheduler.stop(enough);
    const batch = scene.add(new FakeBatch(), 'a');
    scene.scheduler.run(batch.real);
    expect(scene.told()).toEqual([]);
    await scene.runner.idle();
    expect(scene.told()).toEqual(['added a', 'skipped a by shutdown', 'finished']);
    expect(scene.timeline.events).toEqual([]);
    expect(scene.logger.ofTasks('error').map(({ message }) => message)).toEqual([
      'Background task "a" was skipped: the application has shut down, and waits no longer.',
    ]);
  });
});
