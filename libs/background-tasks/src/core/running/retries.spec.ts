import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AbortError, type RetryContext } from 'p-retry';
import { deferred } from '../../../../../test/harness/deferred.js';
import type { RetryOptions } from '../tasks/task-options.js';
import { withRetries } from './retries.js';

const AT_ONCE: RetryOptions = { retries: 2, minTimeout: 0 };

/** Attempts that throw one error after the other, and then succeed. */
function throwing(...errors: unknown[]) {
  const calls: Array<[number, unknown]> = [];
  const attempt = async (number: number, lastError: unknown): Promise<void> => {
    calls.push([number, lastError]);
    if (number <= errors.length) throw errors[number - 1];
  };
  return { calls, attempt };
}

const never = (): AbortSignal => new AbortController().signal;

describe('retries', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('are not made after a success', async () => {
    const { calls, attempt } = throwing();
    await withRetries(AT_ONCE, attempt, never());
    expect(calls).toEqual([[1, undefined]]);
  });

  it.each([3, { retries: 1, minTimeout: 0 }, { retries: 1, minTimeout: 0, randomize: undefined }])(
    'come after waits by chance where nothing else is said: %p',
    async (retries) => {
      const random = jest.spyOn(Math, 'random').mockReturnValue(-1);
      await withRetries(retries, throwing('first').attempt, never());
      expect(random).toHaveBeenCalledTimes(1);
    },
  );

  it('are made until one succeeds, each knowing what the one before it threw', async () => {
    const { calls, attempt } = throwing('first', 'second');
    await withRetries(AT_ONCE, attempt, never());
    expect(calls).toEqual([
      [1, undefined],
      [2, 'first'],
      [3, 'second'],
    ]);
  });

  it('reject with what the last attempt threw when they are used up', async () => {
    const last = new Error('third');
    const { calls, attempt } = throwing('first', 'second', last);
    await expect(withRetries(AT_ONCE, attempt, never())).rejects.toBe(last);
    expect(calls).toHaveLength(3);
  });

  it.each([['a string'], [undefined], [new TypeError('which p-retry would not try again')]])(
    'try again whatever was thrown, and keep it as it is: %p',
    async (thrown) => {
      const { calls, attempt } = throwing(thrown, thrown, thrown);
      await expect(withRetries(AT_ONCE, attempt, never())).rejects.toBe(thrown);
      expect(calls).toHaveLength(3);
    },
  );

  it('work for attempts that end at once', async () => {
    await expect(withRetries(1, () => undefined, never())).resolves.toBeUndefined();
  });

  it('wait one second, then twice as long, each up to twice as long by chance', async () => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { calls, attempt } = throwing('first', 'second');
    // p-retry is loaded by then
    await withRetries(1, () => undefined, never());
    const running = withRetries(2, attempt, never());
    await jest.advanceTimersByTimeAsync(1499);
    expect(calls).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(2999);
    expect(calls).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    await running;
    expect(calls).toHaveLength(3);
  });

  it('wait as their options say', async () => {
    jest.useFakeTimers();
    const { calls, attempt } = throwing('first');
    await withRetries(1, () => undefined, never());
    const running = withRetries({ retries: 1, minTimeout: 7, randomize: false }, attempt, never());
    await jest.advanceTimersByTimeAsync(6);
    expect(calls).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    await running;
    expect(calls).toHaveLength(2);
  });

  it.each<[string, number | RetryOptions]>([
    ['options', { retries: 1, minTimeout: 2 ** 40, randomize: false }],
    ['a number', 23],
  ])('never wait as short as Node makes what its timers cannot wait, with %s', async (_, retries) => {
    const delays = jest.spyOn(globalThis, 'setTimeout');
    jest.spyOn(Math, 'random').mockReturnValue(0);
    delays.mockImplementation((callback) => {
      queueMicrotask(callback);
      return {} as NodeJS.Timeout;
    });
    const all = Array.from({ length: 23 }, () => 'again');
    await withRetries(retries, throwing(...(typeof retries === 'number' ? all : ['once'])).attempt, never());
    expect(delays.mock.calls.at(-1)?.[1]).toBe(2 ** 31 - 1);
  });

  it('end at once with the original error when the task throws an AbortError', async () => {
    const boom = new Error('boom');
    const { calls, attempt } = throwing(new AbortError(boom));
    await expect(withRetries(AT_ONCE, attempt, never())).rejects.toBe(boom);
    expect(calls).toHaveLength(1);
  });

  it('show the callbacks what the task threw', async () => {
    const seen: unknown[] = [];
    const see = (name: string) => (context: RetryContext) => {
      seen.push([name, context.attemptNumber, context.error]);
      return true;
    };
    const { attempt } = throwing('boom');
    await withRetries(
      {
        ...AT_ONCE,
        onFailedAttempt: (context) => void see('onFailedAttempt')(context),
        shouldConsumeRetry: see('shouldConsumeRetry'),
        shouldRetry: see('shouldRetry'),
      },
      attempt,
      never(),
    );
    expect(seen).toEqual([
      ['onFailedAttempt', 1, 'boom'],
      ['shouldConsumeRetry', 1, 'boom'],
      ['shouldRetry', 1, 'boom'],
    ]);
  });

  it('obey the callbacks', async () => {
    const refusing = throwing('first', 'second');
    await expect(withRetries({ ...AT_ONCE, shouldRetry: () => false }, refusing.attempt, never())).rejects.toBe(
      'first',
    );
    expect(refusing.calls).toHaveLength(1);
    const free = throwing('first', 'second');
    const shouldConsumeRetry = ({ attemptNumber }: RetryContext): boolean => attemptNumber > 1;
    await withRetries({ retries: 1, minTimeout: 0, shouldConsumeRetry }, free.attempt, never());
    expect(free.calls).toHaveLength(3);
  });

  it('reject with what a callback throws', async () => {
    const own = new Error('own');
    const onFailedAttempt = (): never => {
      throw own;
    };
    await expect(withRetries({ ...AT_ONCE, onFailedAttempt }, throwing('boom').attempt, never())).rejects.toBe(own);
  });

  it('end, with what the task threw, when the wait for the next one is cut short', async () => {
    const controller = new AbortController();
    const failed = deferred();
    const { calls, attempt } = throwing('boom');
    const running = withRetries({ retries: 1, onFailedAttempt: () => failed.resolve() }, attempt, controller.signal);
    await failed.promise;
    controller.abort(new Error('shutdown'));
    await expect(running).rejects.toBe('boom');
    expect(calls).toHaveLength(1);
  });

  it('make no attempt after the signal has aborted, and reject with its reason', async () => {
    const reason = new Error('shutdown');
    const { calls, attempt } = throwing();
    await expect(withRetries(AT_ONCE, attempt, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(calls).toEqual([]);
  });

  it('take a success for one, even if the signal aborts in that moment', async () => {
    const controller = new AbortController();
    const attempt = async (): Promise<void> => controller.abort(new Error('shutdown'));
    await expect(withRetries(AT_ONCE, attempt, controller.signal)).resolves.toBeUndefined();
  });
});
