import { describe, expect, it } from '@jest/globals';
import { batchOf } from '../durable/scene.contract.js';
import { batchIn, crashesOf, newData, outputOf, textOf } from './job-data.js';

const batch = batchOf('a', 'b');
const row = { id: batch.id, state: 'waiting', data: newData(batch), output: null } as const;

describe('the data of a job', () => {
  it('begins at the first step, without a crash', () => {
    expect(batchIn(row)).toEqual({ id: batch.id, state: 'waiting', tasks: ['a', 'b'], cursor: 0 });
    expect(crashesOf(row.data, 0)).toBe(0);
  });

  it('tells crashes from claims that ended with a word', () => {
    expect(crashesOf({ ...row.data, handled: 3 }, 5)).toBe(2);
  });

  it.each([undefined, null, 7, [], {}, { handled: 'x' }])('%j is of somebody else: each claim was a crash', (data) => {
    expect(crashesOf(data, 2)).toBe(2);
  });
});

describe('the error of a batch', () => {
  it.each([
    { of: 'an error of a step', output: { value: 'Error: no' }, error: 'Error: no' },
    { of: 'an error of pg-boss', output: { value: { message: 'job timed out' } }, error: 'job timed out' },
    { of: 'anything else', output: { value: 5 }, error: undefined },
    { of: 'nothing', output: null, error: undefined },
  ])('that has failed is in its output: $of', ({ output, error }) => {
    expect(batchIn({ ...row, state: 'failed', output }).error).toBe(error);
  });

  it('that has not failed is in its progress', () => {
    const progress = { cursor: 1, failures: 1, error: 'Error: not yet' };
    const data = { ...row.data, progress };
    expect(batchIn({ ...row, data, output: { value: 'older' } })).toMatchObject({ cursor: 1, error: 'Error: not yet' });
  });

  it('loses what PostgreSQL refuses, and nothing else', () => {
    expect(outputOf('a\0b\ud83dc\udc00 👍')).toBe(JSON.stringify({ value: 'a\ufffdb\ufffdc\ufffd 👍' }));
    expect(textOf({ cursor: 1, failures: 2, error: '\0' })).toBe('{"cursor":1,"failures":2,"error":"\ufffd"}');
    expect(textOf({ cursor: 1, failures: 2 })).toBe('{"cursor":1,"failures":2}');
    expect(outputOf(undefined)).toBeNull();
  });
});
