import { afterEach, describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { findAttemptBy, runStarted, type Started, startedHere } from './started.js';

/** An attempt that is told from others by being itself. */
function started(): Started {
  const attempt = { stopReason: undefined, onceGivenUp: () => undefined };
  return { attempt, call: {} as Started['call'] };
}

afterEach(() => findAttemptBy(() => undefined));

describe('what is started here', () => {
  it('is nothing where nothing is', () => {
    expect(startedHere(undefined)).toBeUndefined();
    expect(startedHere(new Set())).toBeUndefined();
  });

  it('is the only one, whatever is made here', () => {
    const only = started();
    findAttemptBy(() => started().attempt);
    expect(startedHere(new Set([only]))).toBe(only);
  });

  it('is, of several, that whose attempt is made here', () => {
    const [one, other] = [started(), started()];
    findAttemptBy(() => one.attempt);
    expect(startedHere(new Set([one, other]))).toBe(one);
  });

  it('is, of several none of which is made here, the last one', () => {
    const [one, other] = [started(), started()];
    expect(startedHere(new Set([one, other]))).toBe(other);
  });
});

describe('an attempt that is run by its own class', () => {
  it('is known while its run has not ended', async () => {
    const [all, one, work] = [new Set<Started>(), started(), deferred()];
    const running = runStarted(all, one, () => work.promise);
    expect([...all]).toEqual([one]);
    work.resolve();
    await running;
    expect(all.size).toBe(0);
  });

  it('is known no longer where it has ended at once', () => {
    const all = new Set<Started>();
    let known: number | undefined;
    const look = (): undefined => void (known = all.size);
    expect(runStarted(all, started(), look)).toBeUndefined();
    expect([known, all.size]).toEqual([1, 0]);
  });

  it('is known no longer where it throws at once', () => {
    const all = new Set<Started>();
    const fail = (): never => {
      throw new Error('on purpose');
    };
    expect(() => runStarted(all, started(), fail)).toThrow('on purpose');
    expect(all.size).toBe(0);
  });

  it('is known no longer once its run was rejected, and whoever waits hears of that', async () => {
    const [all, work] = [new Set<Started>(), deferred()];
    const running = runStarted(all, started(), () => work.promise);
    work.reject(new Error('on purpose'));
    await expect(running).rejects.toThrow('on purpose');
    expect(all.size).toBe(0);
  });
});
