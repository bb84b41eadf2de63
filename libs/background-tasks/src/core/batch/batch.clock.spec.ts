import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fakeExchange, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { Batch } from './batch.js';
import { clock } from './clock.js';

describe('a batch', () => {
  let runner: RecordingRunner;
  let batch: Batch;

  beforeEach(() => {
    runner = new RecordingRunner();
    ({ batch } = fakeExchange(runner));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const add = (): unknown => runner.tasksOn(batch).addTask(new BackgroundTask(() => undefined));
  const addedAt = (): number[] => runner.accepted.map((entry) => entry.addedAt);

  it('tells the time by the wall clock of its first task, and by the monotonic clock since', () => {
    const [wall, monotonic] = [jest.spyOn(clock, 'wallTime'), jest.spyOn(clock, 'now')];
    wall.mockReturnValue(1000);
    monotonic.mockReturnValue(7.25);
    add();
    wall.mockReturnValue(0);
    monotonic.mockReturnValue(9.5);
    add();
    monotonic.mockReturnValue(10);
    expect([...addedAt(), batch.now()]).toEqual([1000, 1002.25, 1002.75]);
  });

  it('looks at the wall clock once, and at the other once for each task', () => {
    const [wall, monotonic] = [jest.spyOn(clock, 'wallTime'), jest.spyOn(clock, 'now')];
    add();
    add();
    expect([wall.mock.calls.length, monotonic.mock.calls.length]).toEqual([1, 2]);
  });

  it('goes on with the clock that a refusal before its first task was told by', () => {
    const [wall, monotonic] = [jest.spyOn(clock, 'wallTime'), jest.spyOn(clock, 'now')];
    wall.mockReturnValue(1000);
    monotonic.mockReturnValue(7);
    expect(batch.now()).toBe(1000);
    // somebody sets the wall clock
    wall.mockReturnValue(0);
    monotonic.mockReturnValue(8.5);
    add();
    expect(addedAt()).toEqual([1001.5]);
  });

  it('has the time of the first task that was taken', () => {
    const wall = jest.spyOn(clock, 'wallTime').mockReturnValue(1000);
    jest.spyOn(clock, 'now').mockReturnValue(0);
    runner.isFull = true;
    expect(add).toThrow('full');
    runner.isFull = false;
    wall.mockReturnValue(2000);
    add();
    expect(addedAt()).toEqual([2000]);
  });

  it('keeps the async context of its first adder', () => {
    const storage = new AsyncLocalStorage<string>();
    expect(batch.context).toBeUndefined();
    storage.run('one', add);
    storage.run('two', add);
    expect(batch.context?.runInAsyncScope(() => storage.getStore())).toBe('one');
  });
});
