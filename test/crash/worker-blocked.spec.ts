import { expect, it } from '@jest/globals';
import type { Crew } from './crew.js';
import { add } from './requests.js';
import { withEachEngine } from './stage.js';
import { drained } from './store.js';

withEachEngine('a worker whose event loop is blocked for longer than its lease', (stage) => {
  it.concurrent(
    'loses its batch to another, runs no later step, and writes nothing',
    async () => {
      const crew = stage.crew();
      const [web, blocked] = await Promise.all([crew.serve(), crew.work()]);
      const isLost = crew.next(({ what }) => what === 'is lost');
      const isBlocked = crew.next(({ step, what }) => step === 1 && what === 'begins');
      await add(web, 'blocked', 'blocks');
      await isBlocked;
      const other = await crew.work({ block: 0 });
      await drained(stage.store, crew.queue);
      expect((await isLost).by).toBe(blocked.by);
      // what it would still do, it does before
      blocked.child.tell('close');
      await crew.hear(blocked.by, 'is closed');
      expect(lines(crew, blocked.by)).toEqual(['0 begins', '0 ends', '1 begins', '1 is lost']);
      expect(lines(crew, other.by)).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
      expect([await stage.store.left(crew.queue), await stage.store.failed(crew.queue)]).toEqual([0, 0]);
      await stage.dismiss();
    },
    90_000,
  );
});

function lines({ told }: Crew, by: number): string[] {
  return told.filter((each) => each.by === by).map(({ step, what }) => `${step} ${what}`);
}
