import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeAwaited, FakeHandler } from '../../../../../test/harness/fake-awaited.js';
import { Settling } from './settling.js';

let settling: Settling;
let response: FakeAwaited;

beforeEach(() => {
  settling = new Settling({ onSettlement: () => undefined });
  response = new FakeAwaited();
  settling.setResponse(response);
  settling.watchResponse();
});

/** A call that has the response for itself. */
function followed(): FakeHandler {
  const call = new FakeHandler();
  settling.follow(call);
  return call;
}

describe('Settling.callAtWork', () => {
  it('is the one that has the response for itself, while it is at work', () => {
    expect(settling.callAtWork()).toBeUndefined();
    const call = followed();
    expect(settling.callAtWork()).toBe(call);
    call.end('completed');
    expect(settling.callAtWork()).toBeUndefined();
    const next = followed();
    expect(settling.callAtWork()).toBe(next);
  });

  it('is the one that began last, of several', () => {
    const [first, second, third] = [followed(), followed(), followed()];
    expect(settling.callAtWork()).toBe(third);
    third.end('completed');
    expect(settling.callAtWork()).toBe(second);
    second.end('completed');
    expect(settling.callAtWork()).toBe(first);
  });

  it('is none of several that share the response', () => {
    settling.waitFor(new FakeHandler());
    expect(settling.callAtWork()).toBeUndefined();
  });

  it('is the one that adds, while it is at work', () => {
    const [first, second] = [followed(), followed()];
    expect(settling.callAtWork(first)).toBe(first);
    first.end('errored');
    expect(settling.callAtWork(first)).toBe(second);
    second.end('completed');
    expect(settling.callAtWork(first)).toBeUndefined();
  });

  it('is the one that adds, at work or not, where several share the response', () => {
    const call = new FakeHandler();
    settling.waitFor(call);
    expect(settling.callAtWork(call)).toBe(call);
    call.end('errored');
    expect(settling.callAtWork(call)).toBe(call);
  });
});

describe('Settling.outcomeFor', () => {
  it('is that of the call, and the settlement that of the last one', () => {
    const calls = (['errored', 'completed', 'errored'] as const).map((state) => {
      const call = followed();
      call.end(state, 200);
      return call;
    });
    expect(calls.map((call) => settling.outcomeFor(call))).toEqual([undefined, undefined, undefined]);
    response.end(false);
    expect(calls.map((call) => settling.outcomeFor(call))).toEqual(['failure', 'success', 'failure']);
    expect(settling.settlement?.outcome).toBe('failure');
  });

  it('is a failure for a call whose answer was spoilt', () => {
    const [fine, spoilt] = [followed(), followed()];
    fine.end('completed', 404);
    spoilt.end('completed', 200);
    response.statusCode = 500;
    response.end(false);
    expect([settling.outcomeFor(fine), settling.outcomeFor(spoilt)]).toEqual(['success', 'failure']);
    expect(settling.settlement).toEqual({ outcome: 'failure', status: 500, aborted: false });
  });

  it('is that of the status for a call that was given up, but only of the last one', () => {
    const [first, last] = [followed(), followed()];
    first.end('given up');
    last.end('given up');
    response.end(false);
    expect([settling.outcomeFor(first), settling.outcomeFor(last)]).toEqual(['failure', 'success']);
  });

  it('is that of the status at which it has settled, whatever is set later', () => {
    const call = followed();
    call.end('completed', 200);
    response.end(true);
    response.statusCode = 500;
    expect(settling.outcomeFor(call)).toBe('success');
    expect(settling.settlement).toEqual({ outcome: 'success', status: 200, aborted: true });
  });
});

describe('Settling, when a call has ended', () => {
  it('has the response watched again, while that is not over', () => {
    followed().end('completed');
    followed().end('completed');
    expect(response.watchedAgain).toBe(2);
    response.end(false);
    followed().end('completed');
    expect(response.watchedAgain).toBe(2);
  });

  it('has no response watched that nobody wanted to be', () => {
    settling = new Settling({ onSettlement: () => undefined });
    settling.setResponse(response);
    followed().end('completed');
    expect(response.watchedAgain).toBe(0);
  });
});
