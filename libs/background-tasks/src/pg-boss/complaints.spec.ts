import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clock } from '../core/batch/clock.js';
import { Complaints } from './complaints.js';

describe('complaints', () => {
  let lines: string[];
  let complaints: Complaints;
  let now: number;

  beforeEach(() => {
    lines = [];
    now = 0;
    jest.spyOn(clock, 'now').mockImplementation(() => now);
    complaints = new Complaints((line) => lines.push(line));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are told once a minute each', () => {
    for (now = 0; now <= 120_000; now += 1000) {
      complaints.tell('away');
      complaints.tell('slow');
    }
    expect(lines).toEqual(['away', 'slow', 'away', 'slow', 'away', 'slow']);
  });

  it('are not remembered for ever', () => {
    for (let index = 0; index < 20; index++) complaints.tell(`${index}`);
    complaints.tell('0');
    expect(lines).toHaveLength(20);
    complaints.tell('20');
    complaints.tell('0');
    expect(lines.slice(20)).toEqual(['20', '0']);
  });
});
