import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { batchOf } from '../../libs/background-tasks/src/durable/scene.contract.js';
import type { WorkerOptions } from '../../libs/background-tasks/src/durable/engine.js';
import { Crew, Workshop } from './crew.js';
import { type EngineChoice, engineOf } from './engines.js';
import { faults, type Told } from './happened.js';

/** More of them: `CRASH_ROUNDS=15 npm test -s -- test/crash`. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
const BATCHES = 15;
const STEPS = ['first', 'second', 'third'];
/** Milliseconds within which a step begins again, at the shipped times. */
const PROMISED = 15_000;

/** The times that are shipped with an engine. */
export type Times = Pick<WorkerOptions, 'lease' | 'checkEvery'>;

/** Kills workers on a store, and looks at what became of their batches. */
export function itSurvives(times: Times, choose: () => EngineChoice): void {
  let workshop: Workshop;
  const worker = { ...times, concurrency: 5, maxCrashes: 10 };

  beforeAll(async () => {
    workshop = await Workshop.build();
  });

  afterAll(() => workshop.remove());

  it(
    `lose nothing, change no order, and repeat only the step at which they were (${ROUNDS} rounds)`,
    async () => {
      const recoveries: number[] = [];
      for (let round = 0; round < ROUNDS; round++) recoveries.push(...(await play(workshop, choose(), worker)));
      expect(recoveries.length).toBeGreaterThanOrEqual(ROUNDS * STEPS.length);
      expect(Math.max(...recoveries)).toBeLessThan(PROMISED);
      console.info(`taken up again after ms: slowest ${Math.max(...recoveries)} of ${recoveries.length}`);
    },
    60_000 * ROUNDS,
  );

  it('cannot go on when they have only stood still, and another one has their batch', async () => {
    const told = await freezeOne(workshop, choose(), worker);
    const [first] = told;
    const frozen = told.filter(({ by }) => by === first?.by);
    const other = told.filter(({ by }) => by !== first?.by);
    const lines = (all: readonly Told[]): string[] => all.map(({ step, what }) => `${step} ${what}`);
    expect(lines(frozen)).toEqual(['0 begins', '0 ends', '0 is written', '1 begins', '1 ends', '1 is lost']);
    expect(lines(other)).toEqual(['1 begins', '1 ends', '1 is written', '2 begins', '2 ends', '2 is written']);
  }, 60_000);
}

/** Has the worker of a batch stand still in its second step until another one has taken it; resolves to what both did. */
async function freezeOne(workshop: Workshop, choice: EngineChoice, worker: WorkerOptions): Promise<Told[]> {
  const engine = engineOf(choice, (line) => console.warn(line));
  await engine.start();
  const crew = new Crew(workshop, { engine: choice, worker, step: 300 });
  try {
    const begun = crew.next(({ step, what }) => step === 1 && what === 'begins');
    crew.hire();
    crew.hire();
    const batch = batchOf(...STEPS);
    await engine.submit(batch, { hold: 0 });
    const { by } = await begun;
    crew.freeze(by);
    await crew.next((told) => told.by !== by);
    crew.thaw(by);
    await crew.next((told) => told.by === by && told.what === 'is lost');
    while ((await engine.get(batch.id))?.state !== 'completed') await wait(50);
    return crew.told;
  } finally {
    await crew.dismiss();
    await engine.close(2000);
  }
}

/** Kills a worker in each step; resolves to how long it took until others went on. */
async function play(workshop: Workshop, choice: EngineChoice, worker: WorkerOptions): Promise<number[]> {
  const engine = engineOf(choice, (line) => console.warn(line));
  await engine.start();
  const crew = new Crew(workshop, { engine: choice, worker, step: 300 });
  try {
    const kills = STEPS.map((_, step) => killIn(crew, step));
    for (let hired = 0; hired < 3; hired++) crew.hire();
    const batches = Array.from({ length: BATCHES }, () => batchOf(...STEPS));
    for (const batch of batches) await engine.submit(batch, { hold: 0 });
    await Promise.all(kills);
    for (const { id } of batches) while ((await engine.get(id))?.state !== 'completed') await wait(50);
    const found = batches.flatMap(({ id }) =>
      faults(
        crew.told.filter((told) => told.id === id),
        STEPS.length,
        crew.killed,
      ),
    );
    expect(found).toEqual([]);
    return crew.recoveries();
  } finally {
    await crew.dismiss();
    await engine.close(2000);
  }
}

/** Kills whoever begins with this step next, of those that are still alive, and hires another. */
async function killIn(crew: Crew, step: number): Promise<void> {
  const { by } = await crew.next((told) => told.step === step && told.what === 'begins' && !crew.killed.has(told.by));
  await crew.kill(by);
  crew.hire();
}
