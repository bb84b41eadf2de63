import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from '../harness/application.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import type { Crew, Member } from './crew.js';
import { add, addUnheard, addUntilStored } from './requests.js';
import { type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

const SUBMIT = 500;
const START = 1000;
const SHUTDOWN = 1000;
const options = { hold: 2 * SUBMIT, submitTimeout: SUBMIT, startTimeout: START };
const settings = { step: 20, shutdownTimeout: SHUTDOWN, options };
const PATHS = ['/handler?name=handler', '/by-itself?name=by-itself', '/guarded'];

withEachEngine('an application whose store', (stage) => {
  describe.each<'hang' | 'cut'>(['hang', 'cut'])('is out of reach (%s)', (how) => {
    let proxy: TcpProxy;
    let crew: Crew;
    let webs: Member[];
    let worker: Member;

    beforeAll(async () => {
      proxy = await TcpProxy.before(stage.store.address);
      crew = stage.crew(settings, proxy);
      webs = await Promise.all([crew.serve(), crew.serve({ platform: 'Fastify' })]);
      worker = await crew.work(stage.direct);
    });

    afterAll(async () => {
      await stage.dismiss();
      await proxy.close();
    });

    it('answers 503 in time, and nothing of that runs when the store is back', async () => {
      const before = webs.map(({ by }) => `before ${by}`);
      for (const [number, web] of webs.entries()) expect(await add(web, before[number] ?? '')).toBe(200);
      const answered = crew.said.length;
      proxy[how]();
      expect(new Set(await askAll(webs))).toEqual(new Set([503]));
      const times = crew.said.slice(answered).map(({ ms = Infinity }) => ms);
      expect(Math.max(...times)).toBeLessThan(SUBMIT + 1000);
      proxy.pass();
      const stored = await resume(stage, crew, webs);
      expect(crew.faults([...before, ...stored])).toEqual([]);
      expect(new Set(crew.told.map(({ name }) => name))).toEqual(new Set([...before, ...stored]));
    });

    it('does not start, in time, and says why', async () => {
      proxy[how]();
      for (const { by, child } of [crew.launch(true), crew.launch(false)]) {
        const { ms, why } = await crew.hear(by, 'does not start');
        expect(ms).toBeLessThan(START + 2000);
        expect(why).toContain(`${stage.kind.module} cannot reach ${stage.kind.engine}: `);
        expect(await child.ended).toEqual({ code: 0, signal: null });
      }
      proxy.pass();
    });

    it('ends in time, whatever it still has to do', async () => {
      await crew.kill(worker.by);
      const [web] = webs;
      const busy = await crew.work({ step: 60_000 });
      const begun = crew.next(({ what }) => what === 'begins');
      await addUntilStored(web);
      await begun;
      expect(await addUnheard(web, 'held')).toBe(200);
      proxy[how]();
      for (const { child } of [...webs, busy]) child.tell('close');
      for (const { by, child } of [...webs, busy]) {
        expect((await crew.hear(by, 'is closed')).ms).toBeLessThan(SHUTDOWN + 2000);
        expect(await child.ended).toEqual({ code: 0, signal: null });
      }
    });
  });
});

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
