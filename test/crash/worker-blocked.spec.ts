import { expect, it } from '@jest/globals';
import type { Crew } from './crew.js';
import { add } from './requests.js';
import { type Stage, withEachEngine } from './stage.js';
import { drained } from './store.js';

withEachEngine(
  'a worker whose event loop is blocked for longer than its lease',
  (stage) => {
    it('loses its batch to another, runs no later step, and writes nothing', async () => {
      expect(await stage.meanwhile).toEqual({
        blocked: ['0 begins', '0 ends', '1 begins', '1 is lost'],
        other: ['1 begins', '1 ends', '2 begins', '2 ends'],
        left: 0,
        failed: 0,
      });
    }, 90_000);
  },
  { begin: block },
);

/** Has a worker block in its second step; resolves to what it did, and what another one did then. */
async function block(stage: Stage): Promise<Record<string, string[] | number>> {
  const crew = stage.crew();
  const [web, blocked] = await Promise.all([crew.serve(), crew.work()]);
  const isLost = crew.next(({ what }) => what === 'is lost');
  const isBlocked = crew.next(({ step, what }) => step === 1 && what === 'begins');
  await add(web, 'blocked', 'blocks');
  await isBlocked;
  const other = await crew.work({ block: 0 });
  await drained(stage.store, crew.queue);
  await isLost;
  // what it would still do, it does before
  blocked.child.tell('close');
  await crew.hear(blocked.by, 'is closed');
  const [left, failed] = [await stage.store.left(crew.queue), await stage.store.failed(crew.queue)];
  await stage.dismiss();
  return { blocked: lines(crew, blocked.by), other: lines(crew, other.by), left, failed };
}

function lines({ told }: Crew, by: number): string[] {
  return told.filter((each) => each.by === by).map(({ step, what }) => `${step} ${what}`);
}
