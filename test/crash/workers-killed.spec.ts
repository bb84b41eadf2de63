import { expect, it } from '@jest/globals';
import type { Crew } from './crew.js';
import { STEPS } from './happened.js';
import { add } from './requests.js';
import { BATCHES, namesOf, ROUNDS, rounds, type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

/** Milliseconds within which the step of a killed worker begins again, at the shipped defaults. */
const PROMISED = 15_000;
/** One batch in so many fails for good, in its second step. */
const FAILING = 5;

withEachEngine(
  'workers that are killed in each of their steps',
  (stage) => {
    it(
      `lose nothing, change no order, repeat only the step at which they were, and leave it for ${PROMISED} ms at most`,
      async () => {
        const recoveries = (await stage.meanwhile) as number[];
        const slowest = Math.max(...recoveries);
        console.info(`${stage.kind.name}: begun again after ${slowest} ms, the slowest of ${recoveries.length}`);
        expect(recoveries.length).toBeGreaterThanOrEqual(ROUNDS * STEPS);
        expect(slowest).toBeLessThan(PROMISED);
      },
      90_000 * ROUNDS,
    );
  },
  { begin: (stage) => rounds(() => killInEachStep(stage)) },
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
  await stage.dismiss();
  return crew.recoveries();
}

/** Kills whoever begins with this step next, of those that are still alive, and hires another. */
async function killIn(crew: Crew, step: number): Promise<void> {
  const { by } = await crew.next((told) => told.step === step && told.what === 'begins' && !crew.killed.has(told.by));
  await crew.kill(by);
  await crew.work();
}
