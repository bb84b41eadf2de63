import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeAwaited, FakeHandler } from '../../../../../test/harness/fake-awaited.js';
import type { HandlerState } from './outcome.js';
import { Settling } from './settling.js';

let settling: Settling;
let response: FakeAwaited;

beforeEach(() => {
  settling = new Settling({ onSettlement: () => undefined });
  response = new FakeAwaited();
  settling.setResponse(response);
});

const followed = (): FakeHandler => {
  const handler = new FakeHandler();
  settling.follow(handler);
  return handler;
};

describe('the outcome so far', () => {
  it.each([
    [200, 'success'],
    [399, 'success'],
    [400, 'failure'],
  ])('is that of the status where no handler was seen, or one is at work: %i', (status, outcome) => {
    response.statusCode = status;
    expect(settling.outcomeSoFar(undefined)).toBe(outcome);
    const handler = followed();
    expect([settling.outcomeSoFar(undefined), settling.outcomeSoFar(handler)]).toEqual([outcome, outcome]);
  });

  it('is that of the status where there is no response yet', () => {
    expect(new Settling({ onSettlement: () => undefined }).outcomeSoFar(undefined)).toBe('success');
  });

  it.each<[HandlerState, number, number | undefined, string]>([
    ['completed', 200, 200, 'success'],
    ['completed', 500, 200, 'failure'],
    ['completed', 404, 404, 'success'],
    ['errored', 200, undefined, 'failure'],
    ['torn down', 500, undefined, 'success'],
    ['given up', 200, undefined, 'success'],
  ])('is that of a handler that has %s: status %i, and %p then, is a %s', (state, status, then, outcome) => {
    const handler = followed();
    handler.end(state, then);
    response.statusCode = status;
    expect(settling.outcomeSoFar(handler)).toBe(outcome);
    expect(settling.outcomeSoFar(undefined)).toBe(outcome);
  });

  it('is a failure for a call that was given up for another', () => {
    const first = followed();
    first.end('given up');
    followed();
    expect(settling.outcomeSoFar(first)).toBe('failure');
  });

  it.each(['success', 'failure'] as const)('is what a call is about to end as, for what is its own: %s', (outcome) => {
    const handler = followed();
    const other = new FakeHandler();
    const ending = { call: handler, outcome };
    expect(settling.outcomeSoFar(handler, ending)).toBe(outcome);
    expect(settling.outcomeSoFar(undefined, ending)).toBe(outcome);
    other.end('errored');
    expect(settling.outcomeSoFar(other, ending)).toBe('failure');
  });

  it('is that of calls that share the response, where they have ended alike', () => {
    for (const handler of [new FakeHandler(), new FakeHandler()]) {
      settling.waitFor(handler);
      handler.end('errored');
    }
    expect(settling.outcomeSoFar(undefined)).toBe('failure');
  });
});

describe('a response that is held back', () => {
  const ask = (): undefined => undefined;

  it('is so at once, where it is known, or as soon as it is', () => {
    const holdBack = jest.fn();
    Object.assign(response, { holdBack });
    settling.holdBack(ask);
    expect(holdBack.mock.calls).toEqual([[ask]]);
    const later = new Settling({ onSettlement: () => undefined });
    later.holdBack(ask);
    later.setResponse(response);
    expect(holdBack).toHaveBeenCalledTimes(2);
  });

  it('need not be one that can be', () => {
    expect(() => settling.holdBack(ask)).not.toThrow();
  });
});
