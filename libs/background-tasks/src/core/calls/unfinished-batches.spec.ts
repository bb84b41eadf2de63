import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import type { Batch } from '../batch/batch.js';
import { UnfinishedBatches } from './unfinished-batches.js';

let unfinished: UnfinishedBatches;
let first: Batch;
let second: Batch;

beforeEach(() => {
  unfinished = new UnfinishedBatches();
  [first, second] = [new FakeBatch().real, new FakeBatch().real];
});

/** Has `batch` finish. */
function finish(batch: Batch): void {
  unfinished.delete(batch);
  unfinished.endWaits();
}

/** Whether `promise` has resolved when all that was due has happened. */
async function hasResolved(promise: Promise<void>): Promise<boolean> {
  let isOver = false;
  void promise.then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return isOver;
}

describe('batches that are unfinished', () => {
  it('has none of another application', () => {
    const others = new UnfinishedBatches();
    others.add(first);
    expect([unfinished.has(first), unfinished.delete(first), others.has(first)]).toEqual([false, false, true]);
  });

  it('are those that were added and not deleted, each once, in order', () => {
    for (const batch of [first, second, first]) unfinished.add(batch);
    expect(unfinished.size).toBe(2);
    expectSame(unfinished, first, second);
    expect(unfinished.delete(first)).toBe(true);
    expect(unfinished.delete(first)).toBe(false);
    expectSame(unfinished, second);
    expect([unfinished.has(first), unfinished.has(second)]).toEqual([false, true]);
  });
});

describe('a wait for batches', () => {
  it('is over at once where there is none', async () => {
    expect(await hasResolved(unfinished.whenFinished())).toBe(true);
    unfinished.add(first);
    finish(first);
    expect(await hasResolved(unfinished.whenFinished())).toBe(true);
  });

  it('is over when all that were there have finished, in whichever order, and no sooner', async () => {
    unfinished.add(first);
    unfinished.add(second);
    const wait = unfinished.whenFinished();
    finish(second);
    expect(await hasResolved(wait)).toBe(false);
    finish(first);
    expect(await hasResolved(wait)).toBe(true);
  });

  it('is not for those that come later', async () => {
    unfinished.add(first);
    const wait = unfinished.whenFinished();
    unfinished.add(second);
    finish(first);
    expect(await hasResolved(wait)).toBe(true);
  });

  it('that begins later is for the older ones, too', async () => {
    unfinished.add(first);
    const earlier = unfinished.whenFinished();
    unfinished.add(second);
    const later = unfinished.whenFinished();
    finish(second);
    expect(await hasResolved(later)).toBe(false);
    finish(first);
    expect(await Promise.all([earlier, later].map(hasResolved))).toEqual([true, true]);
  });

  it('is for one that came again only if it was there', async () => {
    unfinished.add(first);
    unfinished.add(second);
    const wait = unfinished.whenFinished();
    finish(first);
    unfinished.add(first);
    finish(second);
    expect(await hasResolved(wait)).toBe(true);
    expect(await hasResolved(unfinished.whenFinished())).toBe(false);
  });

  it('is one for all who ask while the same are there, though others come and go meanwhile', () => {
    unfinished.add(first);
    const wait = unfinished.whenFinished();
    expect(unfinished.whenFinished()).toBe(wait);
    unfinished.add(second);
    finish(second);
    expect(unfinished.whenFinished()).toBe(wait);
    unfinished.add(second);
    expect(unfinished.whenFinished()).not.toBe(wait);
  });

  it('is another one after all have finished', async () => {
    unfinished.add(first);
    const earlier = unfinished.whenFinished();
    finish(first);
    unfinished.add(second);
    const later = unfinished.whenFinished();
    expect(await Promise.all([earlier, later].map(hasResolved))).toEqual([true, false]);
  });
});

describe('a callback for the end of batches', () => {
  it('is called once, when they have finished', () => {
    const callback = jest.fn();
    unfinished.add(first);
    unfinished.onceFinished(callback);
    unfinished.add(second);
    expect(callback).not.toHaveBeenCalled();
    finish(first);
    finish(second);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('is not called any more once its wait is cancelled', () => {
    const [cancelled, other] = [jest.fn(), jest.fn()];
    unfinished.add(first);
    unfinished.onceFinished(cancelled).cancel();
    unfinished.onceFinished(other);
    finish(first);
    expect(cancelled).not.toHaveBeenCalled();
    expect(other).toHaveBeenCalledTimes(1);
  });

  it('knows what it waits for, and no later ones', () => {
    unfinished.add(first);
    unfinished.add(second);
    const wait = unfinished.onceFinished(() => undefined);
    unfinished.add(new FakeBatch().real);
    expectSame(wait.batches(), first, second);
    finish(first);
    expectSame(wait.batches(), second);
  });
});
