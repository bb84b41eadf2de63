import { describe, expect, it } from '@jest/globals';
import { express, fastify, fastifyHttp2, type Platform } from '../harness/application.js';
import { generateRound } from './generate-rounds.js';
import type { Transport } from './plan.js';
import { reportOf } from './report.js';
import { doRound } from './round.js';

const REQUESTS = Number(process.env.CHAOS_REQUESTS ?? 300);
/** Printed with the name of the suite: the same seed makes the same plans. */
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

const kinds: Array<{ platform: Platform; share: number; transports: Transport[] }> = [
  { platform: express, share: 0.45, transports: ['HTTP/1.1'] },
  { platform: fastify, share: 0.4, transports: ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'inject'] },
  { platform: fastifyHttp2, share: 0.15, transports: ['HTTP/2'] },
];

describe(`In a chaos of requests (seed ${SEED}),`, () => {
  it.each(kinds)('every task on $platform.name is accounted for', async ({ platform, share, transports }) => {
    let requests = 0;
    for (let round = 0; requests < REQUESTS * share; round++) {
      const plan = generateRound(SEED + round, transports, !platform.isFastify);
      const result = await doRound(plan, platform);
      requests += result.requests;
      if (result.violations.length > 0) throw new Error(reportOf(result.violations, plan));
    }
    expect(requests).toBeGreaterThanOrEqual(REQUESTS * share);
  });
});
