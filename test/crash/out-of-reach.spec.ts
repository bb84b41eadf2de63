import { describe, expect, it } from '@jest/globals';
import { request } from '../harness/application.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import type { Crew, Member } from './crew.js';
import { add, addUnheard, addUntilStored } from './requests.js';
import { inTurn, type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

// as long as a busy machine may take for what is there
const SUBMIT = 1000;
const START = 1000;
const SHUTDOWN = 1000;
const options = { hold: 2 * SUBMIT, submitTimeout: SUBMIT };
const settings = { step: 20, shutdownTimeout: SHUTDOWN, options };
const PATHS = ['/handler?name=handler', '/by-itself?name=by-itself', '/guarded'];

type How = 'hang' | 'cut';
/** An application, and what its processes reach their store by. */
interface Site {
  readonly stage: Stage;
  readonly how: How;
  readonly proxy: TcpProxy;
  readonly crew: Crew;
  readonly webs: readonly [Member, Member];
  readonly worker: Member;
}
/** The milliseconds that the slowest took. */
type Begun = Record<`${How}: ${'answers' | 'start' | 'end'}`, Promise<number>>;

withEachEngine<Begun>(
  'an application whose store',
  (_stage, begun) => {
    describe.each<How>(['hang', 'cut'])('is out of reach (%s)', (how) => {
      it('answers 503 in time, and nothing of that runs when the store is back', async () => {
        expect(await begun(`${how}: answers`)).toBeLessThan(SUBMIT + 1000);
      });

      it('does not start, in time, and says why', async () => {
        expect(await begun(`${how}: start`)).toBeLessThan(START + 2000);
      });

      it('ends in time, whatever it still has to do', async () => {
        expect(await begun(`${how}: end`)).toBeLessThan(SHUTDOWN + 2000);
      });
    });
  },
  {
    begin: (stage) => {
      const hang = begin(openSite(stage, 'hang'));
      const cut = begin(inTurn(hang.end, () => openSite(stage, 'cut')));
      return {
        'hang: answers': hang.answers,
        'hang: start': hang.start,
        'hang: end': hang.end,
        'cut: answers': cut.answers,
        'cut: start': cut.start,
        'cut: end': cut.end,
      };
    },
  },
);

async function openSite(stage: Stage, how: How): Promise<Site> {
  const proxy = await TcpProxy.before(stage.store.address);
  const crew = stage.crew(settings, proxy);
  const webs = await Promise.all([crew.serve(), crew.serve({ platform: 'Fastify' })]);
  return { stage, how, proxy, crew, webs, worker: await crew.work(stage.direct) };
}

function begin(opened: Promise<Site>): Readonly<Record<'answers' | 'start' | 'end', Promise<number>>> {
  const answers = opened.then(answer);
  const start = inTurn(answers, () => opened.then(startInVain));
  const end = inTurn(start, () => opened.then(endAll));
  return { answers, start, end };
}

async function answer({ stage, how, proxy, crew, webs }: Site): Promise<number> {
  const before = webs.map(({ by }) => `before ${by}`);
  for (const [number, web] of webs.entries()) expect(await add(web, before[number] ?? '')).toBe(200);
  const answered = crew.said.length;
  proxy[how]();
  expect(new Set(await askAll(webs))).toEqual(new Set([503]));
  const times = crew.said.slice(answered).map(({ ms = Infinity }) => ms);
  proxy.pass();
  const stored = await resume(stage, crew, webs);
  expect(crew.faults([...before, ...stored])).toEqual([]);
  expect(new Set(crew.told.map(({ name }) => name))).toEqual(new Set([...before, ...stored]));
  return Math.max(...times);
}

async function startInVain({ stage, how, proxy, crew }: Site): Promise<number> {
  proxy[how]();
  const times = await Promise.all(
    [true, false].map(async (serves) => {
      const { by, child } = crew.launch(serves, { options: { startTimeout: START } });
      const { ms = Infinity, why } = await crew.hear(by, 'does not start');
      expect(why).toContain(`${stage.kind.module} cannot reach ${stage.kind.engine}: `);
      expect(await child.ended).toEqual({ code: 0, signal: null });
      return ms;
    }),
  );
  proxy.pass();
  return Math.max(...times);
}

async function endAll({ how, proxy, crew, webs, worker }: Site): Promise<number> {
  await crew.kill(worker.by);
  const [web] = webs;
  const busy = await crew.work({ step: 60_000 });
  const begins = crew.next(({ what }) => what === 'begins');
  await addUntilStored(web);
  await begins;
  expect(await addUnheard(web, 'held')).toBe(200);
  proxy[how]();
  for (const { child } of [...webs, busy]) child.tell('close');
  const times = await Promise.all(
    [...webs, busy].map(async ({ by, child }) => {
      const { ms = Infinity } = await crew.hear(by, 'is closed');
      expect(await child.ended).toEqual({ code: 0, signal: null });
      return ms;
    }),
  );
  await crew.dismiss();
  await proxy.close();
  return Math.max(...times);
}

async function askAll(webs: readonly Member[]): Promise<number[]> {
  const answers = webs.flatMap((web) => PATHS.map((path) => request(web, path)));
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** Resolves to what was stored when the store was back, once that has run, and all that was held before it would have, too. */
async function resume(stage: Stage, crew: Crew, webs: readonly Member[]): Promise<string[]> {
  const again = await Promise.all(webs.map(addUntilStored));
  const dying = await crew.serve(stage.direct);
  expect(await addUnheard(dying, 'latest')).toBe(200);
  await crew.kill(dying.by);
  await drained(stage.store, crew.queue);
  return ['latest', ...again.map(({ stored }) => stored)];
}
