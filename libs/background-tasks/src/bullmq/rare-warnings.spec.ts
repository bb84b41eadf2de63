import { beforeEach, describe, expect, it } from '@jest/globals';
import { RareWarnings } from './rare-warnings.js';

describe('rare warnings', () => {
  let lines: string[];
  let warnings: RareWarnings;

  beforeEach(() => {
    lines = [];
    warnings = new RareWarnings({ warn: (line) => lines.push(line) });
  });

  it('tell the same once', () => {
    const error = new Error('connect ECONNREFUSED');
    warnings.add(error);
    warnings.add(new Error('connect ECONNREFUSED'));
    expect(lines).toEqual(['BullMQ reports: Error: connect ECONNREFUSED']);
    expect(warnings.latest).toEqual(error);
  });

  it('tell what is new', () => {
    warnings.add(new Error('one'));
    warnings.add(new Error('two'));
    warnings.tell('three');
    expect(lines).toEqual(['BullMQ reports: Error: one', 'BullMQ reports: Error: two', 'three']);
  });

  it('remember no more than they have to', () => {
    for (let job = 0; job < 250; job++) warnings.tell(`${job}`);
    warnings.tell('0');
    expect(lines).toHaveLength(251);
  });
});
