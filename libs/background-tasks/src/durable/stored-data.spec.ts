import { describe, expect, it } from '@jest/globals';
import { BEGINNING, stepNames, storedData } from './stored-data.js';

describe('what an engine keeps', () => {
  it('is a batch and its progress', () => {
    const progress = { cursor: 2, failures: 1, unknownSince: 1.5, error: 'Error: no' };
    expect(storedData({ batch: { v: 1 }, progress })).toEqual({ batch: { v: 1 }, progress });
    const first = { cursor: 0, failures: 1, since: 3 };
    expect(storedData({ batch: { v: 1 }, progress: first })).toEqual({ batch: { v: 1 }, progress: first });
  });

  it.each([undefined, null, 7, 'text', [], { hello: 'world' }])('is a batch of another kind where it is %j', (data) => {
    expect(storedData(data)).toEqual({ batch: data, progress: BEGINNING });
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { cursor: 1 },
    { cursor: 1, failures: -1 },
    { cursor: 1.5, failures: 0 },
    { cursor: '1', failures: 0 },
    { cursor: 1, failures: 0, error: {} },
    { cursor: 1, failures: 0, unknownSince: 'x' },
    { cursor: 1, failures: 0, since: 'x' },
  ])('is at its beginning where its progress is %j', (progress) => {
    expect(storedData({ batch: 7, progress })).toEqual({ batch: 7, progress: BEGINNING });
  });
});

describe('the names of steps', () => {
  it('are in order', () => {
    expect(stepNames({ steps: [{ name: 'b' }, { name: 'a' }] })).toEqual(['b', 'a']);
  });

  it.each([undefined, null, 7, {}, { steps: 7 }, { steps: [null, 7, {}, { name: 7 }] }])('are none of %j', (batch) => {
    expect(stepNames(batch)).toEqual([]);
  });
});
