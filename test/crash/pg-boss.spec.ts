import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batchOf } from '../../libs/background-tasks/src/durable/scene.contract.js';
import { TestDatabase, type TestStore } from '../../libs/background-tasks/src/pg-boss/scene.contract.js';
import { killOnceItHangs, type Line, Workers } from './workers.js';

/** The defaults of the library: what is promised holds for them. */
const LEASE = 10_000;
const CHECK_EVERY = 2000;
const PROMISED = 15_000;

const STEPS = [0, 1, 2];
const BATCHES = 30;

describe('when workers are killed in the first, second and third step of batches, on pg-boss,', () => {
  let database: TestDatabase;
  let store: TestStore;
  let workers: Workers;
  let ids: string[];
  let killed: Awaited<ReturnType<typeof killOnceItHangs>>[];
  let lines: Line[];

  beforeAll(async () => {
    database = await TestDatabase.open();
    store = database.store();
    const orders = { options: store.options, concurrency: 3, lease: LEASE, checkEvery: CHECK_EVERY, takes: 100 };
    workers = await Workers.compile({ ...orders, file: 'pg-boss/pg-boss-engine.js', name: 'PgBossEngine' });
    const engine = store.engine();
    await engine.start();
    const mortal = await Promise.all(STEPS.map((step) => workers.start(step)));
    const batches = Array.from({ length: BATCHES }, () => batchOf('a', 'b', 'c'));
    ids = batches.map(({ id }) => id);
    for (const batch of batches) await engine.submit(batch, { hold: 0 });
    killed = await Promise.all(mortal.map(killOnceItHangs));
    await workers.start();
    await workers.start();
    for (const id of ids) {
      while ((await engine.get(id))?.state !== 'completed') await new Promise((resolve) => setTimeout(resolve, 50));
    }
    lines = workers.lines;
    await engine.close(1000);
  }, 120_000);

  afterAll(async () => {
    await workers.remove();
    await store.close();
    await database.drop();
  });

  const of = (what: Line['what'], id: string): number[] =>
    lines.filter((line) => line.what === what && line.id === id).map(({ step }) => step);

  it('they die in three steps of three batches', () => {
    expect(killed.map(({ step }) => step)).toEqual(STEPS);
    expect(new Set(killed.map(({ id }) => id)).size).toBe(3);
  });

  it('no step is lost', () => {
    for (const id of ids) expect(new Set(of('ended', id))).toEqual(new Set(STEPS));
  });

  it('the steps of a batch are never out of order', () => {
    for (const id of ids) expect(of('began', id)).toEqual(of('began', id).toSorted((a, b) => a - b));
  });

  it('nothing that was written down runs again', () => {
    for (const [index, { what, id, step }] of lines.entries()) {
      if (what !== 'written') continue;
      const later = lines.slice(index).filter((line) => line.what === 'began' && line.id === id);
      expect(later.filter((line) => line.step <= step)).toEqual([]);
    }
  });

  it('another worker begins the step again in time', () => {
    const took = killed.map(({ id, step, killedAt }) => {
      const again = lines.find(
        (line) => line.what === 'began' && line.id === id && line.step === step && line.at > killedAt,
      );
      return (again?.at ?? Infinity) - killedAt;
    });
    console.info(`pg-boss: the killed steps began again after ${took.join(', ')} ms.`);
    for (const milliseconds of took) expect(milliseconds).toBeLessThan(PROMISED);
  });
});
