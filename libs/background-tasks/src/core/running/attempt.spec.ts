import { describe, expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { Attempt, batchOfAttempt } from './attempt.js';

const batch = new FakeBatch({ outcome: 'failure', status: 404, aborted: true });
const entry = { ...batch.entryOf(new BackgroundTask(() => undefined).with({ name: 'send' })), index: 3, addedAt: 1.5 };
const attempt = (): Attempt => new Attempt(entry, 2);

describe('an Attempt', () => {
  it('tells the task what it knows of it', () => {
    expect(attempt()).toMatchObject({
      name: 'send',
      attempt: 2,
      outcome: 'failure',
      status: 404,
      aborted: true,
      batchId: 'batch',
      index: 3,
      addedAt: 1.5,
    });
  });

  it('shows nothing else of the task where it is logged as it is', () => {
    expect(JSON.parse(JSON.stringify(attempt()))).toEqual({
      name: 'send',
      attempt: 2,
      outcome: 'failure',
      status: 404,
      aborted: true,
      index: 3,
    });
  });

  it('has one signal, which has not aborted', () => {
    const made = attempt();
    expect(made.signal).toBe(made.signal);
    expect(made.signal.aborted).toBe(false);
    expect(made.stopReason).toBeUndefined();
  });

  it('aborts its signal with the reason, whether somebody has asked for it or not', () => {
    const reason = new Error('enough');
    const [asked, unasked] = [attempt(), attempt()];
    const { signal } = asked;
    asked.stop(reason);
    unasked.stop(reason);
    expect(signal.reason).toBe(reason);
    expect(unasked.signal.reason).toBe(reason);
    expect(unasked.stopReason).toBe(reason);
  });

  it('is stopped once: the first reason counts', () => {
    const made = attempt();
    const first = new Error('first');
    made.stop(first);
    made.stop(new Error('second'));
    expect(made.stopReason).toBe(first);
    expect(made.signal.reason).toBe(first);
  });

  it('is of a batch', () => {
    expect(batchOfAttempt(attempt())).toBe(batch.real);
  });
});
