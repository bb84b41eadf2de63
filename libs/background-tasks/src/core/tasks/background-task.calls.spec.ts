import { describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import {
  BackgroundTask,
  beginCall,
  cancelTask,
  endCall,
  hasPlaceIn,
  holdCall,
  isCancelled,
  takeCall,
} from './background-task.js';
import type { WaitingCall } from './waiting-calls.js';

/** What it was added with matters to groups only. */
const RUN = { group: {} };

function send(): void {}

const call = () => ({ batch: { cancel: jest.fn<(call: WaitingCall) => void>() } });

/** A task that waits in so many batches. */
function waiting(count: number) {
  const task = new BackgroundTask(send);
  const calls = Array.from({ length: count }, call);
  calls.forEach((each) => holdCall(task, each));
  return { task, calls };
}

function begun(task: BackgroundTask): BackgroundTask {
  beginCall(task, RUN);
  return task;
}

function beginAndSkip(task: BackgroundTask): void {
  const other = call();
  holdCall(begun(task), other);
  takeCall(task, other);
}

describe('a task that waits', () => {
  it('has a place in each batch that holds it, until it is taken out', () => {
    const { task, calls } = waiting(2);
    const places = () => calls.map(({ batch }) => hasPlaceIn(task, batch));
    expect([places(), hasPlaceIn(task, call().batch)]).toEqual([[true, true], false]);
    takeCall(task, calls[0] ?? call());
    expect(places()).toEqual([false, true]);
  });

  it('takes options as long as one of its calls has not started', () => {
    const { task, calls } = waiting(2);
    const [first = call(), second = call()] = calls;
    takeCall(task, first);
    beginCall(task, RUN);
    expect(task.with({ name: 'for the second' }).name).toBe('for the second');
    takeCall(task, second);
    expect(() => task.with({ name: 'too late' })).toThrow('it has already started');
    endCall(task, RUN);
    expect(task.with({ name: 'for the next' }).name).toBe('for the next');
  });

  it('takes options after it was skipped', () => {
    const { task, calls } = waiting(1);
    takeCall(task, calls[0] ?? call());
    expect(task.with({ name: 'another time' }).name).toBe('another time');
  });

  it('takes options again once it waits again', async () => {
    const task = new BackgroundTask(send);
    await task.run();
    holdCall(task, call());
    expect(task.with({ name: 'again' }).name).toBe('again');
  });

  it('takes no options while it is run by hand, be it for a second time', async () => {
    const ends = deferred();
    const task = new BackgroundTask(() => ends.promise);
    const runs = [task.run(), task.run()];
    expect(() => task.with({ name: 'too late' })).toThrow('it has already started');
    ends.resolve();
    await Promise.all(runs);
    expect(task.with({ name: 'again' }).name).toBe('again');
  });
});

describe('a task that is cancelled', () => {
  it('is given up by each batch that holds it, and by no other', () => {
    const { task, calls } = waiting(2);
    expect(task.cancel()).toBe(true);
    for (const each of calls) {
      expect(each.batch.cancel).toHaveBeenCalledTimes(1);
      expect(each.batch.cancel.mock.lastCall?.[0]).toBe(each);
      expect(hasPlaceIn(task, each.batch)).toBe(true);
    }
    expect([isCancelled(task), hasPlaceIn(task, call().batch)]).toEqual([false, false]);
  });

  it('is cancelled although nothing holds it yet, and stays so', () => {
    const task = new BackgroundTask(send);
    expect(isCancelled(task)).toBe(false);
    expect([task.cancel(), task.cancel(), isCancelled(task)]).toEqual([true, true, true]);
    const later = call();
    holdCall(task, later);
    expect(task.cancel()).toBe(true);
    expect(later.batch.cancel).toHaveBeenCalledTimes(1);
  });

  it('is so where some of its calls wait, and is not where none does any more', () => {
    const { task, calls } = waiting(2);
    const [first = call(), second = call()] = calls;
    takeCall(task, first);
    expect([task.cancel(), task.cancel()]).toEqual([true, false]);
    expect([first.batch.cancel.mock.calls.length, second.batch.cancel.mock.calls.length]).toEqual([0, 1]);
  });

  it.each<[string, (task: BackgroundTask) => void]>([
    ['was run by hand', (task) => void task.run()],
    ['has begun', (task) => beginCall(task, RUN)],
    ['has begun, and was skipped by another batch since', beginAndSkip],
    ['has ended', (task) => endCall(begun(task), RUN)],
    ['was cancelled in its batch', (task) => void (holdCall(task, call()), task.cancel())],
  ])('is not, if it %s', (_, begin) => {
    const task = new BackgroundTask(send);
    begin(task);
    expect([task.cancel(), isCancelled(task)]).toEqual([false, false]);
  });

  it('is so for the batches to come, if its last one has skipped it', () => {
    const { task, calls } = waiting(1);
    endCall(begun(task), RUN);
    holdCall(task, calls[0] ?? call());
    takeCall(task, calls[0] ?? call());
    expect([task.cancel(), task.cancel(), isCancelled(task)]).toEqual([true, true, true]);
  });

  it('is so for a group, whatever its class makes of cancel()', () => {
    class Own extends BackgroundTask {
      override cancel(): boolean {
        throw new Error('never');
      }
    }
    const task = new Own(send);
    expect([cancelTask(task), isCancelled(task)]).toEqual([true, true]);
  });

  it('can still be run by hand', async () => {
    const fn = jest.fn<() => void>();
    const task = new BackgroundTask(fn);
    task.cancel();
    await task.run();
    expect(fn).toHaveBeenCalledTimes(1);
  });
});
