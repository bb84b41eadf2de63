import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clock } from '../batch/clock.js';
import { Turn } from './turn.js';

describe('a turn', () => {
  let now: number;

  beforeEach(() => {
    now = 1000;
    jest.spyOn(clock, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is over 10 ms after it has begun', () => {
    const turn = new Turn().begin();
    expect([turn.now, turn.isOver]).toEqual([1000, false]);
    now += 9.9;
    expect([turn.read(), turn.isOver]).toEqual([1009.9, false]);
    now += 0.1;
    expect([turn.read(), turn.isOver]).toEqual([1010, true]);
  });

  it('does not know that it is over before somebody reads the clock', () => {
    const turn = new Turn().begin();
    now += 20;
    expect([turn.now, turn.isOver]).toEqual([1000, false]);
  });

  it('can begin again', () => {
    const turn = new Turn().begin();
    now += 20;
    turn.begin();
    expect([turn.now, turn.isOver]).toEqual([1020, false]);
  });
});
