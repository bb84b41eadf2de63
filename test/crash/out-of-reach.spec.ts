import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from '../harness/application.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import type { Crew, Member } from './crew.js';
import { add, addUnheard, addUntilStored } from './requests.js';
import { type Stage, withEachEngine } from './stage.js';
import { drained } from './stores.js';

const SUBMIT = 1000;
const START = 2000;
const SHUTDOWN = 2000;
const options = { hold: 4000, submitTimeout: SUBMIT, startTimeout: START };
const settings = { step: 20, shutdownTimeout: SHUTDOWN, options };
const PATHS = ['/handler?name=handler', '/by-itself?name=by-itself', '/guarded'];

withEachEngine('an application whose store', (stage) => {
  let proxy: TcpProxy;

  beforeEach(async () => {
    proxy = await TcpProxy.before(stage.store.address);
  });

  afterEach(async () => {
    await stage.dismiss();
    await proxy.close();
  });

  describe.each<'hang' | 'cut'>(['hang', 'cut'])('is out of reach (%s)', (how) => {
    it('answers 503 in time, and nothing of that runs when the store is back', async () => {
      const crew = stage.crew(settings, proxy);
      const webs = await Promise.all([crew.serve(), crew.serve({ platform: 'Fastify' }), crew.work(stage.direct)]);
      const before = webs.slice(0, 2).map((web) => add(web, `before ${web.by}`));
      expect(await Promise.all(before)).toEqual([200, 200]);
      const answered = crew.said.length;
      proxy[how]();
      expect(new Set(await askAll(webs.slice(0, 2)))).toEqual(new Set([503]));
      const times = crew.said.slice(answered).map(({ ms = Infinity }) => ms);
      expect(Math.max(...times)).toBeLessThan(SUBMIT + 1000);
      proxy.pass();
      const stored = await resume(stage, crew, webs.slice(0, 2));
      expect(crew.faults(stored)).toEqual([]);
      const ran = new Set(crew.told.map(({ name }) => name));
      expect(ran).toEqual(new Set([...webs.slice(0, 2).map(({ by }) => `before ${by}`), ...stored]));
    });

    it('does not start, in time, and says why', async () => {
      proxy[how]();
      const crew = stage.crew(settings, proxy);
      for (const { by, child } of [crew.launch(true), crew.launch(false)]) {
        const { ms, why } = await crew.hear(by, 'does not start');
        expect(ms).toBeLessThan(START + 2000);
        expect(why).toContain(`${stage.kind.module} cannot reach ${stage.kind.engine}: `);
        expect(await child.ended).toEqual({ code: 0, signal: null });
      }
    });

    it('ends in time, whatever it still has to do', async () => {
      const crew = stage.crew({ ...settings, step: 60_000 }, proxy);
      const [web, worker] = await Promise.all([crew.serve(), crew.work()]);
      const begun = crew.next(({ what }) => what === 'begins');
      await add(web, 'at work');
      await begun;
      await addUnheard(web, 'held');
      proxy[how]();
      for (const { child } of [web, worker]) child.tell('close');
      for (const { by, child } of [web, worker]) {
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
