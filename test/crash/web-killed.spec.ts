import { expect, it } from '@jest/globals';
import { add, addUnheard } from './requests.js';
import { BATCHES, inTurn, namesOf, ROUNDS, rounds, type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

const HOLD = 3000;
const options = { hold: HOLD, submitTimeout: 1000 };
const REQUESTS = 200;

withEachEngine(
  'a process that is killed',
  (_stage, begun) => {
    it(
      'after it has answered, and before it has released what it has stored, loses nothing: a worker runs it once its hold is over',
      async () => expect(await begun('beforeRelease')).toEqual([]),
      60_000 * ROUNDS,
    );

    it(
      'amid requests loses nothing of those that it has answered',
      async () => expect(await begun('amid')).toEqual([]),
      60_000 * ROUNDS,
    );
  },
  {
    begin: (stage) => {
      const beforeRelease = rounds(() => killBeforeRelease(stage));
      return { beforeRelease, amid: inTurn(beforeRelease, () => rounds((round) => killAmid(stage, round))) };
    },
  },
);

/** Resolves to what is wrong with what became of the batches. */
async function killBeforeRelease(stage: Stage): Promise<string[]> {
  const crew = stage.crew({ step: 20, options });
  const [express, fastify] = await Promise.all([crew.serve(), crew.serve({ platform: 'Fastify' }), crew.work()]);
  const names = namesOf(BATCHES);
  const statuses = await Promise.all(
    names.map((name, number) => addUnheard(number % 2 === 0 ? express : fastify, name)),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await stage.store.left(crew.queue)).toBe(BATCHES);
  expect(crew.told).toEqual([]);
  const killed = Date.now();
  await Promise.all([crew.kill(express.by), crew.kill(fastify.by)]);
  await drained(stage.store, crew.queue);
  const waited = Math.max(...names.map((name) => (crew.of(name)[0]?.at ?? Infinity) - killed));
  console.info(`${stage.kind.name}: run ${waited} ms after the kill, at the latest; the hold was ${HOLD} ms`);
  expect(waited).toBeLessThan(HOLD + 5000);
  await stage.dismiss();
  return crew.faults(names);
}

async function killAmid(stage: Stage, round: number): Promise<string[]> {
  const crew = stage.crew({ step: 5, options, platform: round % 2 === 0 ? 'Express' : 'Fastify' });
  const [web] = await Promise.all([crew.serve(), crew.work()]);
  const names = namesOf(REQUESTS);
  const last = Math.ceil((Math.random() * REQUESTS) / 4);
  const answered: string[] = [];
  let answers = 0;
  const ask = async (name: string): Promise<void> => {
    // a machine that is busy may take longer than `submitTimeout`: then that is 503
    if ((await add(web, name)) === 200) answered.push(name);
    if (++answers === last) await crew.kill(web.by);
  };
  await Promise.allSettled(names.map(ask));
  await drained(stage.store, crew.queue);
  // more, where they were on their way by then
  expect(answers).toBeGreaterThanOrEqual(last);
  await stage.dismiss();
  return crew.faults(answered);
}
