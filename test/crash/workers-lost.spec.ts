import { expect, it } from '@jest/globals';
import { deferred } from '../harness/deferred.js';
import type { Crew } from './crew.js';
import { STEPS } from './happened.js';
import { add } from './requests.js';
import { BATCHES, inTurn, namesOf, ROUNDS, rounds, type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

/** Milliseconds within which the step of a killed worker begins again, at the shipped defaults. */
const PROMISED = 15_000;
/** One batch in so many fails for good, in its second step. */
const FAILING = 5;

type Begun = { readonly killed: Promise<number[]>; readonly blocked: Promise<Record<string, string[] | number>> };

withEachEngine<Begun>(
  'workers that are lost',
  (stage, begun) => {
    it(
      `as they are killed in each of their steps, lose nothing, change no order, repeat only the step at which they were, and leave it for ${PROMISED} ms at most`,
      async () => {
        const recoveries = await begun('killed');
        const slowest = Math.max(...recoveries);
        console.info(`${stage.kind.name}: begun again after ${slowest} ms, the slowest of ${recoveries.length}`);
        expect(recoveries.length).toBeGreaterThanOrEqual(ROUNDS * STEPS);
        expect(slowest).toBeLessThan(PROMISED);
      },
      90_000 * ROUNDS,
    );

    it('as they are blocked for longer than their lease, lose their batch to another, run no later step, and write nothing', async () => {
      expect(await begun('blocked')).toEqual({
        blocked: ['0 begins', '0 ends', '1 begins', '1 is lost'],
        other: ['1 begins', '1 ends', '2 begins', '2 ends'],
        left: 0,
        failed: 0,
      });
    }, 90_000);
  },
  {
    begin: (stage) => {
      // its processes take their time to start, and then do nothing for long
      const isIdle = deferred();
      const blocked = block(stage, () => isIdle.resolve());
      const killed = inTurn(Promise.race([isIdle.promise, blocked]), () => rounds(() => killInEachStep(stage)));
      return { blocked, killed };
    },
  },
);

/** Resolves to how long it took until others went on. */
async function killInEachStep(stage: Stage): Promise<number[]> {
  const crew = stage.crew();
  const [web] = await Promise.all([crew.serve(), crew.work(), crew.work(), crew.work()]);
  const kills = Array.from({ length: STEPS }, (_, step) => killIn(crew, step));
  const names = namesOf(BATCHES);
  for (const [number, name] of names.entries()) {
    await add(web, name, number % FAILING === 0 ? 'fails' : '');
  }
  await Promise.all(kills);
  await drained(stage.store, crew.queue);
  expect(crew.faults(names)).toEqual([]);
  expect(await stage.store.failed(crew.queue)).toBe(Math.ceil(BATCHES / FAILING));
  await crew.dismiss();
  return crew.recoveries();
}

/** Kills whoever begins with this step next, of those that are still alive, and hires another. */
async function killIn(crew: Crew, step: number): Promise<void> {
  const { by } = await crew.next((told) => told.step === step && told.what === 'begins' && !crew.killed.has(told.by));
  await crew.kill(by);
  await crew.work();
}

/** Has a worker block in its second step; resolves to what it did, and what another one did then. */
async function block(stage: Stage, whenIdle: () => void): Promise<Record<string, string[] | number>> {
  const crew = stage.crew();
  const [web, blocked] = await Promise.all([crew.serve(), crew.work()]);
  const isLost = crew.next(({ what }) => what === 'is lost');
  const isBlocked = crew.next(({ step, what }) => step === 1 && what === 'begins');
  await add(web, 'blocked', 'blocks');
  await isBlocked;
  const other = await crew.work({ block: 0 });
  whenIdle();
  await drained(stage.store, crew.queue);
  await isLost;
  // what it would still do, it does before
  blocked.child.tell('close');
  await crew.hear(blocked.by, 'is closed');
  const [left, failed] = [await stage.store.left(crew.queue), await stage.store.failed(crew.queue)];
  await crew.dismiss();
  return { blocked: lines(crew, blocked.by), other: lines(crew, other.by), left, failed };
}

function lines({ told }: Crew, by: number): string[] {
  return told.filter((each) => each.by === by).map(({ step, what }) => `${step} ${what}`);
}
