import { describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { isHeldBy, listOf, type WaitingCall, withCall, withoutCall } from './waiting-calls.js';

const call = (): WaitingCall => ({ batch: { cancel: jest.fn() } });

describe('the waiting calls of a task', () => {
  it('are none at first', () => {
    expect(listOf(undefined)).toEqual([]);
    expect(isHeldBy(undefined, call().batch)).toBe(false);
  });

  it('may be one, for which nothing is made', () => {
    const one = call();
    const calls = withCall(undefined, one);
    expect(calls).toBe(one);
    expectSame(listOf(calls), one);
    expect([isHeldBy(calls, one.batch), isHeldBy(calls, call().batch)]).toEqual([true, false]);
    expect(withoutCall(calls, one)).toBeUndefined();
    expect(withoutCall(calls, call())).toBe(one);
  });

  it('may be several, in as many batches', () => {
    const [one, two, three] = [call(), call(), call()];
    const calls = [one, two, three].reduce(withCall, undefined);
    expectSame(listOf(calls), one, two, three);
    expect(isHeldBy(calls, two.batch)).toBe(true);
    const fewer = withoutCall(calls, two);
    expectSame(listOf(fewer), one, three);
    expect(isHeldBy(fewer, two.batch)).toBe(false);
    expect([one, three].reduce(withoutCall, fewer)).toBeUndefined();
  });
});
