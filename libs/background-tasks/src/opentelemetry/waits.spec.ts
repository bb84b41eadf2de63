import { beforeEach, describe, expect, it } from '@jest/globals';
import { Waits } from './waits.js';

describe('how long a task has waited', () => {
  let waits: Waits;

  beforeEach(() => {
    waits = new Waits();
  });

  it('is known from when its batch has settled, or from when it was added after that', () => {
    waits.added('batch', 0, 5);
    waits.settled('batch', 10);
    waits.added('batch', 1, 9);
    waits.added('batch', 2, 30);
    expect([0, 1, 2].map((index) => waits.started('batch', index, 35))).toEqual([25, 25, 5]);
  });

  it('is known from when it was added, where its batch had finished before that', () => {
    waits.added('batch', 0, 5);
    waits.settled('batch', 10);
    waits.ended('batch');
    waits.added('batch', 1, 30);
    expect(waits.started('batch', 1, 35)).toBe(5);
  });

  it('is known from the first time that it has settled', () => {
    waits.settled('batch', 10);
    waits.settled('batch', 20);
    expect(waits.started('batch', 0, 30)).toBe(20);
  });

  it('is not known of a batch that has settled elsewhere, or that has ended', () => {
    expect(waits.started('batch', 0, 30)).toBeUndefined();
    waits.settled('batch', 10);
    waits.ended('batch');
    expect([waits.started('batch', 0, 30), waits.size]).toEqual([undefined, 0]);
  });

  it('is remembered of so many batches and no more, the latest', () => {
    for (let each = 0; each < 10_005; each++) waits.settled(`batch ${each}`, 0);
    expect(waits.size).toBe(10_000);
    expect([waits.started('batch 4', 0, 1), waits.started('batch 5', 0, 1)]).toEqual([undefined, 1]);
  });
});
