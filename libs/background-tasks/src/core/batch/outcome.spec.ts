import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../tasks/task-context.js';
import { decideOutcome, type HandlerState } from './outcome.js';

function decide(handler: HandlerState, statusCode: number, headersSent = true, aborted = false): Outcome {
  return decideOutcome(handler, { statusCode, headersSent }, aborted);
}

describe('the outcome of a response', () => {
  it.each([200, 404, 500])('is a success when the handler completed, even with status %d', (status) => {
    expect(decide('completed', status)).toBe('success');
    expect(decide('completed', status, false, true)).toBe('success');
  });

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

  it.each<[HandlerState, number, Outcome]>([
    ['unseen', 200, 'success'],
    ['unseen', 399, 'success'],
    ['unseen', 400, 'failure'],
    ['unseen', 503, 'failure'],
    ['torn down', 399, 'success'],
    ['torn down', 400, 'failure'],
  ])('is that of the status where the handler had no say: %s and %d make a %s', (handler, status, outcome) => {
    expect(decide(handler, status)).toBe(outcome);
  });

  it('is that of the status when the client left and no handler was seen', () => {
    expect(decide('unseen', 200, false, true)).toBe('success');
    expect(decide('unseen', 400, true, true)).toBe('failure');
  });
});
