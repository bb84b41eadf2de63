import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LostClaimError } from '../durable/engine.js';
import { JobClaim } from './claim.js';
import type { Database } from './database.js';
import { JobTable } from './job-table.js';

const progress = { cursor: 1, failures: 0 };

describe('the claim on a job', () => {
  let answers: (() => Promise<{ rows: unknown[] }>)[];
  let lapses: AbortController;
  let claim: JobClaim;

  beforeEach(() => {
    answers = [];
    lapses = new AbortController();
    const database: Database = { executeSql: () => answers.shift()?.() ?? Promise.resolve({ rows: [] }) };
    const job = { id: randomUUID(), retryCount: 0, data: null, signal: lapses.signal };
    claim = new JobClaim(job, new JobTable(database, { schema: 's', queue: 'q' }), 500);
  });

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

  it('is lost once the server was away for longer than a lease', async () => {
    answers = Array.from({ length: 10 }, () => failing('ECONNREFUSED'));
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
    expect(answers).toHaveLength(7);
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
    claim.giveUp();
    await expect(claim.checkpoint(progress)).rejects.toThrow(LostClaimError);
    expect(answers).toHaveLength(1);
  });
});
