import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeAwaited, FakeHandler } from '../../../../../test/harness/fake-awaited.js';
import type { Settlement } from './outcome.js';
import { Settling } from './settling.js';

let told: Settlement[];
let runner: { isDraining: boolean };
let settling: Settling;
let response: FakeAwaited;

beforeEach(() => {
  told = [];
  runner = { isDraining: false };
  settling = new Settling({ onSettlement: (settlement) => told.push(settlement) }, runner);
  response = new FakeAwaited();
  settling.setResponse(response);
  settling.watchResponse();
});

const settlement = (outcome: string, status = 200) => ({ outcome, status, aborted: true });

describe('Settling, when the client has left a response that nobody has ended', () => {
  it('waits for somebody to end it', () => {
    response.end(true);
    expect([told, settling.settlement]).toEqual([[], undefined]);
    response.statusCode = 403;
    response.endLate?.();
    expect(told).toEqual([settlement('failure', 403)]);
  });

  it('is a success if the response had begun, else a failure', () => {
    response.end(true, true);
    response.endLate?.();
    const other = new FakeAwaited();
    settling = new Settling({ onSettlement: (each) => told.push(each) }, runner);
    settling.setResponse(other);
    settling.watchResponse();
    other.end(true, false);
    other.endLate?.();
    expect(told).toEqual([settlement('success'), settlement('failure')]);
  });

  it('waits for a handler that begins then, and no longer for that', () => {
    response.end(true);
    const call = new FakeHandler();
    settling.follow(call);
    expect(response.endLate).toBeUndefined();
    expect(told).toEqual([]);
    call.end('errored');
    expect(told).toEqual([settlement('failure')]);
  });

  it.each([
    ['has it for itself', (call: FakeHandler) => settling.follow(call)],
    ['shares it', (call: FakeHandler) => settling.waitFor(call)],
  ])('waits for a handler that %s and is at work, and for nothing else', (_, tell) => {
    const call = new FakeHandler();
    tell(call);
    response.end(true);
    expect(response.endLate).toBeUndefined();
    expect(told).toEqual([]);
    call.end('completed');
    expect(told).toEqual([settlement('success')]);
  });

  it.each([
    ['had it for itself', (call: FakeHandler) => settling.follow(call)],
    ['shared it', (call: FakeHandler) => settling.waitFor(call)],
  ])('does not wait where a handler that %s has ended', (_, tell) => {
    const call = new FakeHandler();
    tell(call);
    call.end('completed');
    response.end(true);
    expect(told).toEqual([settlement('success')]);
  });

  it('does not wait where somebody has ended it', () => {
    response.isEnded = true;
    response.end(true);
    expect(told).toEqual([settlement('success')]);
  });

  it('does not wait where it was complete', () => {
    response.end(false);
    expect(told).toEqual([{ outcome: 'success', status: 200, aborted: false }]);
  });

  it('settles at once, and once, when it is told to', () => {
    response.end(true);
    settling.settleNow();
    settling.settleNow();
    expect(response.endLate).toBeUndefined();
    expect(told).toEqual([settlement('success')]);
  });

  it('is not settled by that while it waits for something else', () => {
    settling.settleNow();
    settling.follow(new FakeHandler());
    response.end(true);
    settling.settleNow();
    expect(told).toEqual([]);
  });

  it('does not wait while the application shuts down', () => {
    runner.isDraining = true;
    response.end(true);
    expect(told).toEqual([settlement('success')]);
  });
});

describe('Settling.clientHasLeft', () => {
  it.each([true, false])('tells whether the response was aborted, once that is known: %s', (aborted) => {
    expect(settling.clientHasLeft).toBe(false);
    response.end(aborted);
    expect(settling.clientHasLeft).toBe(aborted);
  });
});
