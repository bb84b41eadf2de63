import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { BullMqEngine, type BullMqEngineOptions } from '../../libs/background-tasks/src/bullmq/bullmq-engine.js';
import { batchOf } from '../../libs/background-tasks/src/durable/scene.contract.js';
import { engineOptions } from '../harness/bullmq-stores.js';
import { Crew, Workshop } from './crew.js';
import { faults } from './happened.js';

/** More of them: `CRASH_ROUNDS=15 npm test -s -- test/crash`. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
const BATCHES = 15;
const STEPS = ['first', 'second', 'third'];
const WORKER = { concurrency: 5, lease: 8000, checkEvery: 3000, maxCrashes: 10 };

/** Kills workers on a store, and looks at what became of their batches. */
export function itSurvives(options: () => Partial<BullMqEngineOptions>): void {
  let workshop: Workshop;

  beforeAll(async () => {
    workshop = await Workshop.build();
  });

  afterAll(() => workshop.remove());

  it(
    `lose nothing, change no order, and repeat only the step at which they were (${ROUNDS} rounds)`,
    async () => {
      const recoveries: number[] = [];
      for (let round = 0; round < ROUNDS; round++) recoveries.push(...(await play(workshop, engineOptions(options()))));
      expect(recoveries.length).toBeGreaterThanOrEqual(ROUNDS * STEPS.length);
      console.info(`taken up again after ms: slowest ${Math.max(...recoveries)} of ${recoveries.length}`);
    },
    60_000 * ROUNDS,
  );
}

/** Kills a worker in each step; resolves to how long it took until others went on. */
async function play(workshop: Workshop, { log, ...options }: BullMqEngineOptions): Promise<number[]> {
  const engine = new BullMqEngine({ ...options, log });
  await engine.start();
  const crew = new Crew(workshop, { engine: options, worker: WORKER, step: 300 });
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
