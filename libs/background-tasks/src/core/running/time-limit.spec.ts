import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { Attempt } from './current-task.js';

const attempt = (): Attempt => new Attempt('send', 2, 'failure', true, 200);

describe('an Attempt with a limit', () => {
  it('ends within its limit as its work does', async () => {
    const boom = new Error('boom');
    await expect(attempt().limit(1000, Promise.resolve())).resolves.toBeUndefined();
    await expect(attempt().limit(1000, Promise.reject(boom))).rejects.toBe(boom);
  });

  it('keeps no timer once its work has ended', async () => {
    const [done, failed] = [attempt(), attempt()];
    await done.limit(1, Promise.resolve());
    await expect(failed.limit(1, Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    // its timer is the later one: when it has gone off, those before it would have, too
    const later = attempt();
    await expect(later.limit(5, deferred().promise)).rejects.toThrow('timeout of 5 ms');
    expect([done.signal.aborted, failed.signal.aborted]).toEqual([false, false]);
  });

  it('rejects at its limit, and aborts its signal with the same error', async () => {
    const made = attempt();
    const aborted = once(made.signal, 'abort');
    const error: unknown = await made.limit(1, deferred().promise).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'TimeoutError', message: '"send" took longer than its timeout of 1 ms.' });
    expect(made.signal.reason).toBe(error);
    await aborted;
  });

  it('waits as long as Node can when its limit is longer than that', async () => {
    const made = attempt();
    const work = deferred();
    const limited = made.limit(2 ** 40, work.promise);
    // Node makes 1 ms of what its timers cannot wait
    await expect(attempt().limit(5, deferred().promise)).rejects.toThrow('timeout of 5 ms');
    expect(made.signal.aborted).toBe(false);
    work.resolve();
    await expect(limited).resolves.toBeUndefined();
  });
});
