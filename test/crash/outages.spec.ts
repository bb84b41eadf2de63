import { expect, it } from '@jest/globals';
import { STEPS } from './happened.js';
import { add, addUnheard, addUntilStored } from './requests.js';
import { BATCHES, inTurn, namesOf, ROUNDS, rounds, type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

const BUSY = 5;

withEachEngine(
  'a store',
  (_stage, begun) => {
    it(
      'that dies while batches are held, wait, and run, has all of them when it starts again, and no step runs twice',
      async () => expect(await begun('death')).toEqual([]),
      90_000 * ROUNDS,
    );

    it(
      'that ends all of its connections loses nothing, and no step runs twice',
      async () => expect(await begun('cut')).toEqual([]),
      60_000 * ROUNDS,
    );
  },
  {
    mayBeKilled: true,
    begin: (stage) => {
      const death = rounds((round) => outage(stage, round, () => die(stage)));
      const cut = (): Promise<string[]> => rounds((round) => outage(stage, round, () => stage.store.cutOff()));
      return { death, cut: inTurn(death, cut) };
    },
  },
);

async function die({ store }: Stage): Promise<void> {
  await store.kill();
  await store.startAgain();
}

/** Has `happen` while some batches are held, some wait, and some run; resolves to what is wrong with what became of them. */
async function outage(stage: Stage, round: number, happen: () => Promise<void>): Promise<string[]> {
  // as long as a busy machine may take for so many at once
  const settings = { step: 150, options: { concurrency: BUSY, submitTimeout: 15_000 } };
  const crew = stage.crew(settings);
  const [web] = await Promise.all([crew.serve(), crew.work()]);
  const [heard, held] = [namesOf(BUSY + BATCHES, 'heard'), namesOf(BATCHES, 'held')];
  const statuses = [...heard.map((name) => add(web, name)), ...held.map((name) => addUnheard(web, name))];
  expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
  // the last one first: that it is done is written down by the engine
  const during = STEPS - 1 - (round % STEPS);
  await crew.until(() => crew.told.some(({ step }) => step === during));
  await happen();
  expect(crew.told.filter(({ name }) => held.includes(name))).toEqual([]);
  web.child.tell('hear');
  const { stored, refused } = await addUntilStored(web);
  await drained(stage.store, crew.queue);
  expect(crew.told.filter(({ name }) => refused.includes(name))).toEqual([]);
  await stage.dismiss();
  return crew.faults([...heard, ...held, stored]);
}
