import type { AbortError, RetryContext } from 'p-retry';
import { lookAt } from '../errors/safely.js';
import { LONGEST_TIMER } from '../batch/clock.js';
import type { RetryOptions } from '../tasks/task-options.js';

/** Carries whatever a task threw through p-retry, which would replace or refuse some of it. */
class FailedAttempt extends Error {
  constructor(readonly original: unknown) {
    super();
  }
}

/** Is told of each attempt that has failed, whether or not there will be another; throws nothing. */
export interface AttemptWatcher {
  hasFailed(error: unknown): void;
}

/**
 * Makes attempts until one succeeds or `retries` are used up; rejects with what the last one threw. `watching` is
 * told as each of them fails.
 *
 * p-retry is loaded here and not before: an application without retries never needs it.
 */
export async function withRetries(
  retries: number | RetryOptions,
  attempt: Attempts['attempt'],
  signal: AbortSignal,
  watching?: AttemptWatcher,
): Promise<void> {
  const { default: pRetry, AbortError } = await import('p-retry');
  const attempts = new Attempts(attempt, AbortError, watching);
  try {
    await pRetry((number) => attempts.make(number), { ...optionsOf(retries), signal });
  } catch (error) {
    // aborted in the very moment of success
    if (attempts.haveSucceeded) return;
    // what the task threw says more than that the wait for its next attempt was cut short
    if (error === signal.reason && attempts.lastError !== undefined) rethrow(attempts.lastError);
    rethrow(originalOf(error));
  }
}

/** Whether a task has thrown it to be tried no more: p-retry's `AbortError`. */
export async function isLastError(thrown: unknown): Promise<boolean> {
  const { AbortError } = await import('p-retry');
  return isInstance(thrown, AbortError);
}

/** What p-retry calls, and what came of it. */
class Attempts {
  haveSucceeded = false;
  lastError: unknown;

  constructor(
    readonly attempt: (number: number, lastError: unknown) => Promise<void> | undefined,
    /** What a task throws to be tried no more. */
    readonly abortError: typeof AbortError,
    readonly watching: AttemptWatcher | undefined,
  ) {}

  async make(number: number): Promise<void> {
    try {
      await this.attempt(number, this.lastError);
      this.haveSucceeded = true;
    } catch (error) {
      this.lastError = error;
      this.watching?.hasFailed(error);
      throw isInstance(error, this.abortError) ? error : new FailedAttempt(error);
    }
  }
}

/** What p-retry is told: no wait is longer than a timer can be, which it would take for 1 ms. */
function optionsOf(retries: number | RetryOptions): RetryOptions {
  if (typeof retries === 'number') return { retries, randomize: true, maxTimeout: LONGEST_TIMER };
  const { randomize = true, maxTimeout = Infinity } = retries;
  return { ...withOriginalErrors(retries), randomize, maxTimeout: Math.min(maxTimeout, LONGEST_TIMER) };
}

/** The callbacks of the user see what the task threw. */
function withOriginalErrors(retries: RetryOptions): RetryOptions {
  const { onFailedAttempt, shouldRetry, shouldConsumeRetry } = retries;
  return {
    ...retries,
    ...(onFailedAttempt && { onFailedAttempt: (context) => onFailedAttempt(original(context)) }),
    ...(shouldRetry && { shouldRetry: (context) => shouldRetry(original(context)) }),
    ...(shouldConsumeRetry && { shouldConsumeRetry: (context) => shouldConsumeRetry(original(context)) }),
  };
}

function original(context: RetryContext): RetryContext {
  return { ...context, error: originalOf(context.error) as Error };
}

function originalOf(error: unknown): unknown {
  return isInstance(error, FailedAttempt) ? error.original : error;
}

/** Of whatever was thrown, a revoked proxy included: a retry must not be lost because nobody can look at its error. */
function isInstance<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  return lookAt(() => thrown instanceof type, false);
}

/** What a task threw stays what it is, error or not. */
function rethrow(thrown: unknown): never {
  throw thrown;
}
