import { describe, expect, it } from '@jest/globals';
import { ErrorCode } from 'bullmq';
import { isMissing, isNothingToDo, RetryLater, waitAfter } from './errors.js';
import { canBeDiscarded, jobName, seen, type StoredJob } from './stored-job.js';

function job(fields: Partial<StoredJob>): StoredJob {
  return { id: '1', attemptsStarted: 0, data: {}, ...fields } as StoredJob;
}

describe('a job', () => {
  it.each([
    ['delayed', 0, 'held'],
    ['delayed', 1, 'waiting'],
    ['waiting', 0, 'waiting'],
    ['prioritized', 0, 'waiting'],
    ['waiting-children', 0, 'waiting'],
    ['active', 1, 'active'],
    ['completed', 1, 'completed'],
    ['failed', 1, 'failed'],
  ])('that is %s, and was begun %d times, is %s', (state, attemptsStarted, expected) => {
    expect(seen(job({ attemptsStarted }), state)).toEqual({ id: '1', state: expected, tasks: [], cursor: 0 });
  });

  it('says what went wrong, unless it is done', () => {
    const data = { batch: {}, progress: { cursor: 1, failures: 1, error: 'of the attempt' } };
    const failed = job({ data, failedReason: 'of the batch' });
    expect(seen(failed, 'failed').error).toBe('of the batch');
    expect(seen(failed, 'waiting').error).toBe('of the attempt');
    expect(seen(failed, 'completed')).not.toHaveProperty('error');
  });

  it('can be discarded until it is active', () => {
    const states = ['waiting', 'delayed', 'failed', 'prioritized', 'active', 'completed', 'unknown'];
    expect(states.filter(canBeDiscarded)).toEqual(['waiting', 'delayed', 'failed', 'prioritized']);
  });

  it('is called by its steps on dashboards', () => {
    expect(jobName({ steps: [{ name: 'mail.send' }, { name: 'audit.log' }] })).toBe('mail.send, audit.log');
    expect(jobName({ steps: [{ name: 'x'.repeat(200) }] })).toHaveLength(101);
    expect(jobName(undefined)).toBe('batch');
  });
});

describe('the errors of BullMQ', () => {
  it('are told apart by their codes', () => {
    const missing = Object.assign(new Error('Missing key'), { code: ErrorCode.JobNotExist });
    const elsewhere = Object.assign(new Error('not in the delayed state'), { code: ErrorCode.JobNotInState });
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const all = [missing, elsewhere, refused, new Error('other'), undefined];
    expect(all.map(isNothingToDo)).toEqual([true, true, false, false, false]);
    expect(all.map(isMissing)).toEqual([true, false, false, false, false]);
  });

  it('say how long a job waits', () => {
    expect(waitAfter(new RetryLater('no', 12.3))).toBe(13);
    expect(waitAfter(new RetryLater('no', -1))).toBe(0);
    expect(waitAfter(new Error('Lock mismatch'))).toBe(1000);
    expect(waitAfter(undefined)).toBe(1000);
  });
});
