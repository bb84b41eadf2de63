import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../tasks/task-context.js';
import { decideOutcome, type HandlerState } from './outcome.js';

function decide(state: HandlerState, status: number | undefined, hasBegun = true, aborted = false): Outcome {
  return decideOutcome({ state }, status, { aborted, hasBegun });
}

describe('the outcome of a response', () => {
  it.each([200, 404, 500, undefined])('is a success when the handler completed, even with status %d', (status) => {
    expect(decide('completed', status)).toBe('success');
    expect(decide('completed', status, false, true)).toBe('success');
  });

  it.each<[number | undefined, number | undefined, Outcome]>([
    [200, 399, 'success'],
    [200, 400, 'failure'],
    [399, 500, 'failure'],
    [400, 400, 'success'],
    [404, 500, 'success'],
    [404, 200, 'success'],
    [200, undefined, 'success'],
    [undefined, 500, 'success'],
  ])(
    'is a failure where what was answered was spoilt: %s when the handler completed, %s at the end',
    (before, status, outcome) => {
      const call = { state: 'completed', statusWhenCompleted: before } as const;
      expect(decideOutcome(call, status, { aborted: false, hasBegun: true })).toBe(outcome);
    },
  );

  it.each([200, 404, 500])('is a failure when the handler errored, even with status %d', (status) => {
    expect(decide('errored', status)).toBe('failure');
    expect(decide('errored', status, true, true)).toBe('failure');
  });

  it('is a success when the client left a response that had begun', () => {
    expect(decide('torn down', 200, true, true)).toBe('success');
    expect(decide('torn down', 500, true, true)).toBe('success');
  });

  it('is a failure when the client left before the response had begun', () => {
    expect(decide('torn down', 200, false, true)).toBe('failure');
  });

  it.each<[HandlerState, number | undefined, Outcome]>([
    ['unseen', 200, 'success'],
    ['unseen', 399, 'success'],
    ['unseen', 400, 'failure'],
    ['unseen', 503, 'failure'],
    ['given up', 399, 'success'],
    ['given up', 400, 'failure'],
    ['mixed', 399, 'success'],
    ['mixed', 400, 'failure'],
    ['mixed', undefined, 'success'],
  ])('is that of the status where the handler had no say: %s and %d make a %s', (handler, status, outcome) => {
    expect(decide(handler, status)).toBe(outcome);
    expect(decide(handler, status, true, true)).toBe(outcome);
  });

  it('is a failure when no handler was seen and the client left before the response had begun', () => {
    expect(decide('unseen', 200, false, true)).toBe('failure');
    expect(decide('unseen', 200, false, false)).toBe('success');
    expect(decide('mixed', 200, false, true)).toBe('success');
    expect(decide('given up', 200, false, true)).toBe('success');
  });
});
