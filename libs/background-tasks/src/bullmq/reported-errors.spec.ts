import { describe, expect, it } from '@jest/globals';
import { ReportedErrors } from './reported-errors.js';

describe('what BullMQ reports', () => {
  it('is told once, and the latest error is kept', () => {
    const lines: string[] = [];
    const errors = new ReportedErrors((line) => lines.push(line));
    const error = new Error('connect ECONNREFUSED');
    errors.add(new Error('connect ECONNREFUSED'));
    errors.add(error);
    errors.add('no error');
    expect(lines).toEqual(['BullMQ reports: Error: connect ECONNREFUSED', expect.stringContaining('no error')]);
    expect(errors.latest).toBe(error);
  });
});
