import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LostClaimError } from '../durable/engine.js';
import { JobClaim } from './claim.js';
import type { Database } from './database.js';
import { JobTable } from './job-table.js';

/** Milliseconds. */
const LEASE = 200;

const progress = { cursor: 1, failures: 0 };

describe('the claim on a job', () => {
  /** To checkpoints, one after the other, and to each renewal. */
  let answers: (() => Promise<{ rows: unknown[] }>)[];
  let renewal: () => Promise<{ rows: unknown[] }>;
  let renewals: number;
  let lapses: AbortController;
  let claim: JobClaim;

  beforeEach(() => {
    answers = [];
    lapses = new AbortController();
    renewal = written;
    renewals = 0;
    const database: Database = {
      executeSql(text) {
        if (text.includes('data =')) return answers.shift()?.() ?? Promise.resolve({ rows: [] });
        renewals++;
        return renewal();
      },
    };
    const job = { id: randomUUID(), retryCount: 0, data: null, signal: lapses.signal };
    claim = new JobClaim(job, new JobTable(database, { schema: 's', queue: 'q' }), LEASE);
  });

  afterEach(() => claim.end());

  const written = (): Promise<{ rows: unknown[] }> => Promise.resolve({ rows: [{}] });
  const failing = (code?: string) => (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code }));

  it('writes', async () => {
    answers = [written];
    await expect(claim.checkpoint(progress)).resolves.toBeUndefined();
  });

  it('is lost where nothing was written', async () => {
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
  });

  it.each(['ECONNREFUSED', '57P01', '57P03', '08006', '40001', '53300', undefined])(
    'tries again after %s',
    async (code) => {
      answers = [failing(code), written];
      await expect(claim.checkpoint(progress)).resolves.toBeUndefined();
      expect(answers).toEqual([]);
    },
  );

  it('does not try again what the server refuses', async () => {
    answers = [failing('42P01'), written];
    await expect(claim.checkpoint(progress)).rejects.toThrow('no');
    expect(answers).toHaveLength(1);
  });

  it('is lost once it could not be renewed for as long as its lease', async () => {
    const began = performance.now();
    renewal = failing('ECONNREFUSED');
    await once(claim.signal, 'abort');
    expect(performance.now() - began).toBeGreaterThan(LEASE - 10);
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
  });

  it('is lost though the server never answers', async () => {
    renewal = (): Promise<never> => new Promise(() => {});
    answers = [renewal];
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
  });

  it('is renewed again and again, until it ends', async () => {
    await wait(2.5 * LEASE);
    expect(claim.signal.aborted).toBe(false);
    const before = renewals;
    expect(before).toBeGreaterThan(2);
    claim.end();
    await wait(LEASE / 2);
    expect(renewals).toBe(before);
  });

  it('is lost when a renewal finds that another worker has the job', async () => {
    renewal = (): Promise<{ rows: unknown[] }> => Promise.resolve({ rows: [] });
    await once(claim.signal, 'abort');
    expect(renewals).toBe(1);
  });

  it('is lost once pg-boss says so', async () => {
    answers = [failing('ECONNREFUSED'), written];
    const checkpoint = claim.checkpoint(progress);
    lapses.abort();
    await expect(checkpoint).rejects.toThrow(LostClaimError);
    expect(claim.signal.aborted).toBe(true);
  });

  it('is lost once it is given up', async () => {
    answers = [written];
    claim.lose();
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
    expect(answers).toHaveLength(1);
  });
});
