import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { TooManyBackgroundTasksError } from '../errors/background-tasks.errors.js';
import { SCOPE } from '../batch/source.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';

const STATS = { batches: 0, pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 };
const NONE = { ...STATS, refused: 0, stored: 0, draining: false };

describe('the scheduler', () => {
  let scene: SchedulerScene;

  beforeEach(() => {
    scene = new SchedulerScene();
  });

  it('knows nothing at first, and is idle', async () => {
    expect(scene.runner.stats()).toEqual(NONE);
    expect(scene.open.all.size).toBe(0);
    expect(scene.scheduler.options).toBe(DEFAULT_OPTIONS);
    await expect(scene.runner.idle()).resolves.toBeUndefined();
  });

  describe('with options', () => {
    it('takes them, and the same ones again', () => {
      const options = { ...DEFAULT_OPTIONS, maxPending: 1 };
      scene.scheduler.configure(options);
      scene.scheduler.configure({ ...options, defaults: { ...options.defaults } });
      expect(scene.scheduler.options).toEqual(options);
    });

    it('refuses others than those before', () => {
      scene.scheduler.configure(DEFAULT_OPTIONS);
      expect(() => scene.scheduler.configure({ ...DEFAULT_OPTIONS, maxPending: 1 })).toThrow(
        'two different sets of options',
      );
      expect(scene.scheduler.options).toEqual(DEFAULT_OPTIONS);
    });

    it('accepts no more tasks than may be pending', () => {
      scene.scheduler.configure({ ...DEFAULT_OPTIONS, maxPending: 1 });
      const batch = new FakeBatch();
      scene.add(batch, 'a');
      expect(() => scene.add(new FakeBatch(), 'b')).toThrow(TooManyBackgroundTasksError);
      expect(() => scene.add(new FakeBatch(), 'b')).toThrow(
        'Cannot add the background task `b`: 1 already wait or run',
      );
      expect(scene.runner.stats()).toEqual({ ...NONE, batches: 1, pending: 1, refused: 2 });
      expect(scene.logger.ofTasks('warn').map(({ message }) => message)).toEqual([
        'Background task "b" was refused: `maxPending` is 1. 1 wait: "a", 0 run.',
      ]);
    });

    it('runs as many batches at once as it may, the others one after the other', async () => {
      scene.scheduler.configure({ ...DEFAULT_OPTIONS, concurrency: 1 });
      const [first, second] = [scene.busy('first'), scene.busy('second')];
      scene.scheduler.run(first.batch.real);
      scene.scheduler.run(second.batch.real);
      await scene.timeline.until('first');
      expect(scene.namesOfRunning).toEqual(['first']);
      first.work.resolve();
      await scene.timeline.until('second');
      second.work.resolve();
      await scene.runner.idle();
      const third = scene.busy('third');
      scene.scheduler.run(third.batch.real);
      await scene.timeline.until('third');
      expect(scene.timeline.events).toEqual(['first', 'second', 'third']);
    });

    it('stops or continues after a failure, as they say', async () => {
      scene.scheduler.configure({ ...DEFAULT_OPTIONS, onFailure: 'continue' });
      const batch = new FakeBatch();
      scene.add(batch, 'a', () => Promise.reject(new Error('boom')));
      scene.add(batch, 'b');
      scene.scheduler.run(batch.real);
      await scene.runner.idle();
      expect(scene.runner.stats()).toEqual({ ...NONE, failed: 1, succeeded: 1 });
    });
  });

  describe('running a batch', () => {
    it('starts no task inside the call that says so, and tells how it went', async () => {
      const batch = new FakeBatch();
      scene.add(batch, 'a');
      scene.scheduler.run(batch.real);
      expect(scene.timeline.events).toEqual([]);
      expect(scene.runner.stats()).toEqual({ ...NONE, batches: 1, pending: 1 });
      await scene.runner.idle();
      expect(scene.timeline.events).toEqual(['a']);
      expect(scene.told()).toEqual(['added a', 'started a', 'succeeded a', 'finished']);
      expect(scene.runner.stats()).toEqual({ ...NONE, succeeded: 1 });
      expect(scene.open.all.size).toBe(0);
    });

    it('wraps its tasks in the interceptors', async () => {
      const interceptor: TaskInterceptor = {
        intercept: (task, next) => next().then(() => scene.timeline.mark(`after ${task.name}`)),
      };
      scene.scheduler.wrapIn(() => Promise.resolve([interceptor]));
      await scene.scheduler.makeInterceptors();
      const batch = new FakeBatch();
      scene.add(batch, 'a');
      scene.scheduler.run(batch.real);
      await scene.runner.idle();
      expect(scene.timeline.events).toEqual(['a', 'after a']);
    });

    it('runs it once, however often it is told to', async () => {
      const { batch, work } = scene.busy('a');
      scene.add(batch, 'b');
      scene.scheduler.run(batch.real);
      scene.scheduler.run(batch.real);
      await scene.timeline.until('a');
      scene.scheduler.run(batch.real);
      expect(scene.namesOfRunning).toEqual(['a']);
      work.resolve();
      await scene.runner.idle();
      expect(scene.told().slice(2)).toEqual(['started a', 'succeeded a', 'started b', 'succeeded b', 'finished']);
    });

    it('does nothing for one without tasks', async () => {
      const batch = new FakeBatch();
      scene.scheduler.run(batch.real);
      scene.add(batch, 'a');
      await Promise.resolve();
      expect(scene.told()).toEqual(['added a']);
      scene.scheduler.run(batch.real);
      await scene.runner.idle();
      expect(scene.timeline.events).toEqual(['a']);
    });

    it('runs it again when a task comes later, and then it finishes again', async () => {
      const batch = new FakeBatch();
      scene.add(batch, 'a');
      scene.scheduler.run(batch.real);
      await scene.runner.idle();
      scene.add(batch, 'b');
      expect(scene.runner.stats()).toEqual({ ...NONE, batches: 1, pending: 1, succeeded: 1 });
      scene.scheduler.run(batch.real);
      await scene.runner.idle();
      expect(scene.told()).toEqual([
        'added a',
        'started a',
        'succeeded a',
        'finished',
        'added b',
        'started b',
        'succeeded b',
        'finished',
      ]);
    });

    it('leaves it unfinished when there are tasks that may not start yet', async () => {
      const batch = new FakeBatch();
      scene.add(batch, 'a', () => {
        // as when a handler begins its work after the response is over: the batch settles once more later
        batch.take = () => undefined;
        scene.add(batch, 'b');
      });
      scene.scheduler.run(batch.real);
      await scene.timeline.until('a');
      expect(scene.runner.stats()).toEqual({ ...NONE, batches: 1, pending: 1, succeeded: 1 });
      expect(scene.told()).not.toContain('finished');
    });

    it('tells that a batch with tasks has settled', () => {
      const batch = new FakeBatch();
      scene.add(batch, 'a');
      const settlement = { outcome: 'failure', status: 200, aborted: true } as const;
      scene.scheduler.tellSettled(batch.real, settlement);
      expect(scene.recorded.told.slice(1)).toEqual([
        { type: 'settled', batchId: 'batch', ...settlement, source: SCOPE, ...batch.moments },
      ]);
    });

    it('runs several at once, and is idle when all have finished', async () => {
      const [first, second] = [scene.busy('first'), scene.busy('second')];
      const idle = scene.runner.idle().then(() => scene.timeline.mark('idle'));
      scene.scheduler.run(first.batch.real);
      scene.scheduler.run(second.batch.real);
      await scene.timeline.until('second');
      expect(scene.namesOfRunning).toEqual(['first', 'second']);
      second.work.resolve();
      await scene.open.whenQuiet(second.batch.real);
      expect(scene.timeline.count('idle')).toBe(0);
      expect([...scene.open.all]).toEqual([first.batch.real]);
      first.work.resolve();
      await idle;
      expect(scene.namesOfRunning).toEqual([]);
    });
  });
});
