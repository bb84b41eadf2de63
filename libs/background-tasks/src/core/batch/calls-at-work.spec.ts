import { describe, expect, it } from '@jest/globals';
import { type CallsAtWork, isAmong, listOf, withCall, withoutCall } from './calls-at-work.js';
import type { Call } from './outcome.js';

const callNamed = (name: string): Call => ({ state: 'running', name, onceEnded: () => undefined });
const [one, two] = [callNamed('one'), callNamed('two')];
const namesOf = (calls: CallsAtWork): unknown[] => listOf(calls).map(({ name }) => name);

describe('calls at work', () => {
  it('are none, one that stands for itself, or several', () => {
    expect([withCall(undefined, one), namesOf(undefined), namesOf(one)]).toEqual([one, [], ['one']]);
    expect(namesOf(withCall(one, two))).toEqual(['one', 'two']);
  });

  it('lose one that ends, and are none after the last', () => {
    const both = withCall(one, two);
    expect(namesOf(withoutCall(both, one))).toEqual(['two']);
    expect(withoutCall(withoutCall(both, one), two)).toBeUndefined();
    expect(withoutCall(one, one)).toBeUndefined();
  });

  it('lose none by one that is not among them', () => {
    expect([withoutCall(undefined, one), withoutCall(one, two)]).toEqual([undefined, one]);
    expect([isAmong(undefined, one), isAmong(one, two), isAmong(one, one)]).toEqual([false, false, true]);
    expect(isAmong(withCall(one, two), two)).toBe(true);
  });
});
