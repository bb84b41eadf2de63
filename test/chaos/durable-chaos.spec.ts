import { describe, expect, it } from '@jest/globals';
import { platforms } from '../harness/application.js';
import { generateDurableRound } from './durable-generate.js';
import { doDurableRound } from './durable-round.js';

const REQUESTS = Number(process.env.CHAOS_REQUESTS ?? 320);
/** Of the few requests of every run of the suite, so that it does not fail for what nobody has changed. */
const USUAL_SEED = 1000;

/** Printed with the name of the suite: the same seed makes the same plans. `npm run chaos` takes another each time. */
const SEED = Number(
  process.env.CHAOS_SEED ?? (process.env.CHAOS_REQUESTS ? Math.floor(Math.random() * 2 ** 31) : USUAL_SEED),
);

/** How many violations are printed: what is first is the cause of what follows. */
const MOST = 20;

/** Rounds at once: most of their time is spent waiting for a store that does not answer. */
const AT_ONCE = 4;

describe(`In a chaos of durable tasks (seed ${SEED}),`, () => {
  it.each(platforms)('every task on $name is accounted for', async (platform) => {
    let round = 0;
    let requests = 0;
    const doSome = async (): Promise<void> => {
      while (requests < REQUESTS / platforms.length) {
        const plan = generateDurableRound(SEED + round++);
        requests += plan.requests.length;
        const violations = await doDurableRound(plan, platform);
        if (violations.length > 0) throw new Error(reportOf(plan.seed, violations));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, doSome));
    expect(requests).toBeGreaterThanOrEqual(REQUESTS / platforms.length);
  });
});

function reportOf(seed: number, violations: readonly string[]): string {
  return [
    `In the round of the seed ${seed}, ${violations.length} things are wrong.`,
    ...violations.slice(0, MOST),
  ].join('\n');
}
