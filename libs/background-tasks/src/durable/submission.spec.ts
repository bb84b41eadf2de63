import { describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../test/harness/deferred.js';
import type { NewBatch } from './engine.js';
import { Submission } from './submission.js';

const batch: NewBatch = { v: 1, id: 'batch', steps: [], carry: {} };
const reason = new Error('it took too long');

/** What happens to a promise, once it does. */
function seen(promise: Promise<void>): { how?: unknown } {
  const end: { how?: unknown } = {};
  promise.then(
    () => (end.how = 'resolved'),
    (error: unknown) => (end.how = error),
  );
  return end;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the call that stores a batch', () => {
  it('is made once, and ends what is around it as it does', async () => {
    const call = jest.fn(() => Promise.resolve());
    const submission = new Submission(call);
    await submission.whenDone(() => submission.submit(batch));
    await submission.submit(batch);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('is waited for, whatever is around it does', async () => {
    const answer = deferred();
    const submission = new Submission(() => answer.promise);
    const done = seen(submission.whenDone(async () => void submission.submit(batch)));
    await turn();
    expect(done.how).toBeUndefined();
    answer.resolve();
    await turn();
    expect(done.how).toBe('resolved');
  });

  it('has to be made by what is around it', async () => {
    const submission = new Submission(() => Promise.resolve());
    await expect(submission.whenDone(async () => undefined)).rejects.toThrow('has not called next()');
  });

  it('ends what is around it once it is given up, and is done when the engine has answered', async () => {
    const answer = deferred();
    const submission = new Submission(() => answer.promise);
    let around: { how?: unknown } = {};
    const done = seen(
      submission.whenDone(() => {
        const storing = submission.submit(batch);
        around = seen(storing);
        return storing;
      }),
    );
    expect(submission.giveUp(reason)).toBe(true);
    await turn();
    expect([around.how, done.how]).toEqual([reason, undefined]);
    answer.resolve();
    await turn();
    expect(done.how).toBe(reason);
  });

  it('ends it, too, where it is only waited for no longer, and may be made again', async () => {
    const submission = new Submission(() => new Promise(() => undefined));
    const storing = seen(submission.submit(batch));
    submission.waitNoLonger(reason);
    await turn();
    expect(storing.how).toBe(reason);
  });

  it('is not made once it is given up', async () => {
    const call = jest.fn(() => Promise.resolve());
    const submission = new Submission(call);
    expect(submission.giveUp(reason)).toBe(false);
    await expect(submission.submit(batch)).rejects.toThrow('It was given up before it was stored.');
    expect(call).not.toHaveBeenCalled();
  });
});
