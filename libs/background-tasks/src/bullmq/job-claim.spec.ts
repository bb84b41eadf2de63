import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ErrorCode, type IQueueBackend } from 'bullmq';
import { LostClaimError } from '../durable/engine.js';
import { pause } from '../durable/scene.contract.js';
import { CommonFence } from './fence.js';
import { JobClaim } from './job-claim.js';
import type { StoredJob } from './stored-job.js';

const LEASE = 300;
const NEXT = { cursor: 1, failures: 0 };

describe('a claim on a job', () => {
  let asked: string[];
  let answers: { extendLock: () => Promise<number>; updateData: () => Promise<void> };
  let claim: JobClaim;

  beforeEach(() => {
    asked = [];
    answers = { extendLock: () => Promise.resolve(1), updateData: () => Promise.resolve() };
    claim = claimOn({ batch: { v: 1 }, progress: { cursor: 0, failures: 0 } });
  });

  afterEach(() => claim.end());

  function claimOn(data: unknown, fields: Partial<StoredJob> = {}): JobClaim {
    const job = { id: '1', data, attemptsStarted: 1, stalledCounter: 0, ...fields } as StoredJob;
    const backend = {
      extendLock: (id: string, token: string, lease: number) => {
        asked.push(`extend ${id} ${token} ${lease}`);
        return answers.extendLock();
      },
      updateData: (_: unknown, written: unknown) => {
        asked.push(`write ${JSON.stringify(written)}`);
        return answers.updateData();
      },
    } as Partial<IQueueBackend> as IQueueBackend;
    return new JobClaim({ job, token: 'token', lease: LEASE }, new CommonFence(backend));
  }

  it('writes a checkpoint once its lock is extended', async () => {
    await claim.checkpoint(NEXT);
    expect(asked).toEqual(['extend 1 token 300', 'write {"batch":{"v":1},"progress":{"cursor":1,"failures":0}}']);
  });

  it('writes nothing where its lock is another one’s, and is lost', async () => {
    answers.extendLock = () => Promise.resolve(0);
    await expect(claim.checkpoint(NEXT)).rejects.toThrow(LostClaimError);
    expect(asked).toEqual(['extend 1 token 300']);
    expect(claim.signal.reason).toBeInstanceOf(LostClaimError);
    await expect(claim.checkpoint(NEXT)).rejects.toThrow(LostClaimError);
    expect(asked).toHaveLength(1);
  });

  it('is lost where the job has gone', async () => {
    answers.updateData = () => Promise.reject(Object.assign(new Error(), { code: ErrorCode.JobNotExist }));
    await expect(claim.checkpoint(NEXT)).rejects.toThrow(LostClaimError);
    expect(claim.signal.aborted).toBe(true);
  });

  it('tries again where the store had some trouble', async () => {
    answers.updateData = () => {
      answers.updateData = () => Promise.resolve();
      return Promise.reject(new Error('READONLY'));
    };
    await claim.checkpoint(NEXT);
    expect(asked.map((line) => line.slice(0, 5))).toEqual(['exten', 'write', 'exten', 'write']);
  });

  it('is renewed while it is run', async () => {
    await claim.begin();
    while (asked.length < 5) await pause();
    expect(claim.signal.aborted).toBe(false);
  });

  it('is lost when the store has not answered for as long as its lease', async () => {
    answers.extendLock = () => new Promise(() => {});
    await claim.begin();
    const written = claim.checkpoint(NEXT);
    await expect(written).rejects.toThrow(LostClaimError);
    expect(asked.filter((line) => line.startsWith('write'))).toEqual([]);
  });

  it('begins anew with a step whose batch was redriven, and says so in the store', async () => {
    const failed = { batch: {}, progress: { cursor: 2, failures: 3, error: 'no' }, crashes: 1 };
    claim = claimOn(failed, { stalledCounter: 5 });
    expect(claim.progress).toEqual({ cursor: 2, failures: 0 });
    expect(claim.crashes).toBe(0);
    await claim.begin();
    expect(asked[1]).toBe('write {"batch":{},"progress":{"cursor":2,"failures":0},"crashes":5}');
  });

  it('goes on where another worker was, and counts those that crashed', () => {
    const data = { batch: {}, progress: { cursor: 2, failures: 3, error: 'no' }, crashes: 1 };
    claim = claimOn(data, { stalledCounter: 5, attemptsStarted: 7 });
    expect(claim.progress).toEqual(data.progress);
    expect(claim.crashes).toBe(4);
  });

  it.each([undefined, null, 'text', { crashes: 'x' }])('makes something of any data: %j', (data) => {
    claim = claimOn(data);
    expect(claim).toMatchObject({ id: '1', progress: { cursor: 0, failures: 0 }, crashes: 0 });
  });
});
