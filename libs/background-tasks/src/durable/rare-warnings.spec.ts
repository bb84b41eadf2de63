import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { clock } from '../core/batch/clock.js';
import { RareWarnings } from './rare-warnings.js';

describe('rare warnings', () => {
  let lines: string[];
  let warnings: RareWarnings;
  let now: number;

  beforeEach(() => {
    lines = [];
    now = 0;
    jest.spyOn(clock, 'now').mockImplementation(() => now);
    warnings = new RareWarnings((line) => lines.push(line));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are told once a minute each', () => {
    for (now = 0; now <= 120_000; now += 1000) {
      warnings.tell('away');
      warnings.tell('slow');
    }
    expect(lines).toEqual(['away', 'slow', 'away', 'slow', 'away', 'slow']);
  });

  it('are not remembered for ever', () => {
    for (let index = 0; index < 100; index++) warnings.tell(`${index}`);
    warnings.tell('0');
    expect(lines).toHaveLength(100);
    warnings.tell('100');
    warnings.tell('0');
    expect(lines.slice(100)).toEqual(['100', '0']);
  });
});
