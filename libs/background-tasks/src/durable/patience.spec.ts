import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import { clock } from '../core/batch/clock.js';
import { untilDone } from './patience.js';

const boom = new Error('boom');

describe('untilDone()', () => {
  let closing: AbortController;
  const far = (): number => clock.now() + 60_000;

  beforeEach(() => {
    closing = new AbortController();
  });

  it('tries again until it succeeds', async () => {
    const work = jest
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(boom)
      .mockRejectedValueOnce(boom)
      .mockResolvedValue('done');
    expect(await untilDone(work, far(), closing.signal)).toBe('done');
    expect(work).toHaveBeenCalledTimes(3);
  });

  it('waits longer each time', async () => {
    const times: number[] = [];
    const work = (): Promise<string> => {
      times.push(clock.now());
      return times.length < 4 ? Promise.reject(boom) : Promise.resolve('done');
    };
    await untilDone(work, far(), closing.signal);
    const waits = times.slice(1).map((time, attempt) => time - (times[attempt] ?? 0));
    for (const [attempt, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(50 * 2 ** attempt - 1);
  });

  it('listens for the end of the application no longer than that takes', async () => {
    await untilDone(() => Promise.resolve(), far(), closing.signal);
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
    const late = untilDone(() => new Promise(() => undefined), far(), closing.signal);
    closing.abort();
    await expect(late).rejects.toThrow('The application has shut down');
    expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
  });

  it('rejects with what it threw last, where there is no time for another', async () => {
    const work = jest.fn<() => Promise<string>>().mockRejectedValue(boom);
    await expect(untilDone(work, clock.now() + 49, closing.signal)).rejects.toBe(boom);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('rejects at once when the application closes, whatever goes on', async () => {
    const work = deferred<string>();
    const trying = untilDone(() => work.promise, far(), closing.signal);
    closing.abort();
    await expect(trying).rejects.toThrow('The application has shut down');
    work.reject(boom);
  });

  it('does not begin once it is closed', async () => {
    closing.abort();
    const work = jest.fn<() => Promise<string>>();
    await expect(untilDone(work, far(), closing.signal)).rejects.toThrow('The application has shut down');
    expect(work).not.toHaveBeenCalled();
  });

  it('does not try again once it is closed', async () => {
    const work = jest.fn<() => Promise<string>>(async () => {
      closing.abort();
      throw boom;
    });
    await expect(untilDone(work, far(), closing.signal)).rejects.toThrow('The application has shut down');
    expect(work).toHaveBeenCalledTimes(1);
  });
});
