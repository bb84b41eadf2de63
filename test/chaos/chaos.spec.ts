import { describe, expect, it } from '@jest/globals';
import { express, fastify, fastifyHttp2, type Platform } from '../harness/application.js';
import { generateRound } from './generate-rounds.js';
import { pick } from './generate-tasks.js';
import type { RoundPlan, Transport } from './plan.js';
import { reportOf } from './report.js';
import { doRound, type RoundResult } from './round.js';
import { Stage } from './stage.js';

const REQUESTS = Number(process.env.CHAOS_REQUESTS ?? 200);
/** Of the few requests of every run of the suite, so that it does not fail for what nobody has changed. */
const USUAL_SEED = 1000;

/** Printed with the name of the suite: the same seed makes the same plans. `npm run chaos` takes another each time. */
const SEED = Number(
  process.env.CHAOS_SEED ?? (process.env.CHAOS_REQUESTS ? Math.floor(Math.random() * 2 ** 31) : USUAL_SEED),
);

interface Kind {
  readonly platform: Platform;
  readonly share: number;
  readonly transports: Transport[];
}

const kinds: Kind[] = [
  { platform: express, share: 0.45, transports: ['HTTP/1.1'] },
  { platform: fastify, share: 0.4, transports: ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'inject'] },
  { platform: fastifyHttp2, share: 0.15, transports: ['HTTP/2'] },
];

/** Every third application has another one beside it, in the same process and with the same controllers. */
const isInCompany = (round: number): boolean => (SEED + round) % 3 === 0;

async function doOne(plan: RoundPlan, platform: Platform, host?: Stage): Promise<number> {
  const stage = new Stage(plan);
  return report(plan, await doRound(stage, platform, host));
}

/** At the same time, the second one called also from within the first. */
async function doTwo(plan: RoundPlan, platform: Platform, round: number): Promise<number> {
  const company = pick(kinds, round);
  const second = planned(round, company, 'b');
  const stage = new Stage(plan);
  const results = await Promise.all([doRound(stage, platform), doRound(new Stage(second), company.platform, stage)]);
  return report(plan, results[0]) + report(second, results[1]);
}

function planned(round: number, { platform, transports }: Kind, prefix: string): RoundPlan {
  return generateRound(SEED + round, transports, !platform.isFastify, prefix);
}

/** How many requests there were, if all is well. */
function report(plan: RoundPlan, { requests, violations }: RoundResult): number {
  if (violations.length > 0) throw new Error(reportOf(violations, plan));
  return requests;
}

describe(`In a chaos of requests (seed ${SEED}),`, () => {
  it.each(kinds)('every task on $platform.name is accounted for', async (kind) => {
    const wanted = REQUESTS * kind.share;
    let requests = 0;
    for (let round = 0; requests < wanted; round++) {
      const plan = planned(round, kind, '');
      requests += await (isInCompany(round) ? doTwo(plan, kind.platform, round) : doOne(plan, kind.platform));
    }
    expect(requests).toBeGreaterThanOrEqual(wanted);
  });
});
