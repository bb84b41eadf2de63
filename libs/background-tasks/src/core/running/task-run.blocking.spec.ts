import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { failing, TaskRunScene } from '../../../../../test/harness/task-run-scene.js';
import { clock } from '../batch/clock.js';
import type { BackgroundTasksModuleOptions } from '../options/background-tasks.options.js';
import type { TaskRun } from './task-run.js';

const boom = new Error('boom');

describe('a task whose synchronous part blocks the event loop', () => {
  let scene: TaskRunScene;
  let now: number;

  beforeEach(() => {
    scene = new TaskRunScene();
    now = 0;
    jest.spyOn(clock, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A run of a task that blocks for so long. */
  function blocking(
    milliseconds: number,
    options: BackgroundTasksModuleOptions,
    end = (): unknown => undefined,
  ): TaskRun {
    return scene.runOf(
      () => {
        now += milliseconds;
        return end();
      },
      {},
      options,
    );
  }

  const warnings = (): unknown[] => scene.recorded.logger.ofTasks('warn').map(({ message }) => message);

  it('earns a warning when that takes longer than it may', async () => {
    await blocking(6, { slowSyncWarning: 5 }).run();
    expect(warnings()).toEqual([expect.stringContaining('"send" blocked the event loop for 6 ms')]);
  });

  it('earns one also when it fails', () => {
    const run = blocking(6, { slowSyncWarning: 5 }, failing(1, boom));
    expect(() => run.run()).toThrow(boom);
    expect(warnings()).toHaveLength(1);
  });

  it('earns one also where an interceptor awaits something before it', async () => {
    scene.interceptors.push({ intercept: (_, next) => Promise.resolve().then(next) });
    await blocking(6, { slowSyncWarning: 5 }).run();
    expect(warnings()).toEqual([expect.stringContaining('"send" blocked the event loop for 6 ms')]);
  });

  it('earns none for what an interceptor does before it', async () => {
    const run = blocking(3, { slowSyncWarning: 5 });
    scene.interceptors.push({
      intercept: (_, next) => {
        now += 100;
        return next();
      },
    });
    await run.run();
    expect(warnings()).toEqual([]);
  });

  it('earns none when that takes just as long', async () => {
    await blocking(5, { slowSyncWarning: 5 }).run();
    expect(warnings()).toEqual([]);
  });

  it('earns none when warnings are off', async () => {
    await blocking(5000, { slowSyncWarning: 0 }).run();
    expect(warnings()).toEqual([]);
  });
});
