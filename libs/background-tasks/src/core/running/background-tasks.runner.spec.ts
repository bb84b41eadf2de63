import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { SchedulerScene } from '../../../../../test/harness/scheduler-scene.js';
import { currentTasks } from '../calls/current-tasks.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { type BackgroundTasks, groupOf } from '../tasks/background-tasks.js';
import type { BackgroundTasksRunner } from './background-tasks.runner.js';
import { currentTask } from './current-task.js';

const { defaults } = DEFAULT_OPTIONS;

const boom = new Error('boom');
const STATS = { batches: 0, pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 };
const NONE = { ...STATS, refused: 0, stored: 0, draining: false };

let scene: SchedulerScene;
let runner: BackgroundTasksRunner;

beforeEach(() => {
  scene = new SchedulerScene();
  ({ runner } = scene);
});

/** A task: marks for which outcome it runs. */
function note(): void {
  scene.timeline.mark(`after ${currentTask()?.outcome}`);
}

const throwing = (): never => {
  throw boom;
};

describe('BackgroundTasksRunner.idle', () => {
  it('resolves when all batches have finished', async () => {
    const [first, second] = [scene.busy('first'), scene.busy('second')];
    for (const { batch } of [first, second]) scene.scheduler.run(batch.real);
    const idle = runner.idle().then(() => scene.timeline.mark('idle'));
    await scene.timeline.until('second');
    first.work.resolve();
    await turn();
    expect(scene.timeline.count('idle')).toBe(0);
    second.work.reject(boom);
    await expect(idle).resolves.toBeUndefined();
  });
});

describe('BackgroundTasksRunner.stats', () => {
  it('counts batches and tasks now, and those that have ended', async () => {
    const { batch, work } = scene.busy('first');
    scene.add(batch, 'second', throwing);
    scene.add(batch, 'third');
    expect(runner.stats()).toEqual({ ...NONE, batches: 1, pending: 3 });
    scene.scheduler.run(batch.real);
    await scene.timeline.until('first');
    expect(runner.stats()).toEqual({ ...NONE, batches: 1, pending: 2, running: 1 });
    work.resolve();
    await runner.idle();
    expect(runner.stats()).toEqual({ ...NONE, succeeded: 1, failed: 1, skipped: 1 });
  });
});

describe('BackgroundTasksRunner.scope', () => {
  const noteAfter = (end: () => unknown) => (tasks: BackgroundTasks) => {
    tasks.addTask(note).with({ runOn: 'always' });
    return end();
  };

  it.each<[string, () => unknown]>([
    ['returns', () => 'done'],
    ['resolves to', () => Promise.resolve('done')],
  ])('resolves to what its function %s, and its tasks run after a success', async (_, end) => {
    await expect(runner.scope(noteAfter(end))).resolves.toBe('done');
    await runner.idle();
    expect(scene.timeline.events).toEqual(['after success']);
  });

  it.each<[string, () => unknown]>([
    ['throws', throwing],
    ['rejects with', () => Promise.reject(boom)],
  ])('rejects with what its function %s, and its tasks run after a failure', async (_, end) => {
    await expect(runner.scope(noteAfter(end))).rejects.toBe(boom);
    await runner.idle();
    expect(scene.timeline.events).toEqual(['after failure']);
  });

  it('runs its tasks when its function has ended, and does not wait for them', async () => {
    const [end, work] = [deferred(), deferred()];
    const ended = runner.scope(async (tasks) => {
      tasks.addTask(() => {
        scene.timeline.mark('task');
        return work.promise;
      });
      await end.promise;
      scene.timeline.mark('end');
    });
    await turn();
    expect(scene.timeline.events).toEqual([]);
    expect(runner.stats()).toEqual({ ...NONE, batches: 1, pending: 1 });
    end.resolve();
    await ended;
    await scene.timeline.until('task');
    expect(scene.timeline.events).toEqual(['end', 'task']);
    work.resolve();
    await runner.idle();
    expect(runner.stats()).toEqual({ ...NONE, succeeded: 1 });
  });

  it('costs no batch where nobody adds a task', async () => {
    await runner.scope(() => undefined);
    expect(scene.told()).toEqual([]);
    expect(scene.open.all.size).toBe(0);
  });

  it('has its tasks as the injected ones within it, also later, with options of their own', async () => {
    const injected = currentTasks(scene.scheduler.application);
    await runner.scope(async (tasks) => {
      await Promise.resolve();
      const task = injected.with({ timeout: 5 }).addTask(note);
      expectSame(tasks, task);
      expect(groupOf(tasks).optionsFor(task, defaults).timeout).toBe(Infinity);
    });
    expect(() => injected.addTask(note)).toThrow('there is no HTTP request here');
    await runner.idle();
    expect(scene.timeline.events).toEqual(['after success']);
  });

  it('has tasks of its own within another scope, which end as it does', async () => {
    const outer = runner.scope(async (tasks) => {
      tasks.addTask(note);
      await expect(runner.scope(noteAfter(throwing))).rejects.toBe(boom);
      await scene.timeline.until('after failure');
    });
    await outer;
    await runner.idle();
    expect(scene.timeline.events).toEqual(['after failure', 'after success']);
  });
});
