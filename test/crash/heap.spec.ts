import { Agent } from 'node:http';
import { expect, it } from '@jest/globals';
import type { Crew, Member } from './crew.js';
import { add } from './requests.js';
import { withEachEngine } from './stage.js';
import { engines } from './engines.js';
import { drained } from './store.js';

/** With each engine, `CRASH_HEAP=100000 npm test -s -- test/crash/heap`; else with Redis. */
const { CRASH_HEAP } = process.env;
const COUNT = Number(CRASH_HEAP ?? 2000);
/** Batches before the count: what is compiled and cached on first use is no leak. */
const WARM_UP = Math.min(COUNT, 10_000);
const CONCURRENCY = 32;
/** Where the heap is looked at, as parts of all batches. */
const MARKS = [0.1, 0.5, 1];
/** Bytes by which it may differ between them. */
const TOLERANCE = 2 * 2 ** 20;

withEachEngine(
  'a process that stores batches',
  (stage) => {
    it(`has the heap that it had, after ${COUNT} of them`, async () => {
      const crew = stage.crew({ step: 0, execArgv: ['--expose-gc'] });
      const [web] = await Promise.all([crew.serve(), crew.work()]);
      await addMany(web, WARM_UP);
      const heaps: number[] = [];
      for (const [index, part] of MARKS.entries()) {
        await addMany(web, COUNT * (part - (MARKS[index - 1] ?? 0)));
        heaps.push(await measure(crew, web));
      }
      console.info(
        `${stage.kind.name}: the heap, MB: ${heaps.map((bytes) => (bytes / 2 ** 20).toFixed(2)).join(', ')}`,
      );
      expect(Math.max(...heaps) - Math.min(...heaps)).toBeLessThan(TOLERANCE);
      await drained(stage.store, crew.queue);
      await stage.dismiss();
    }, 3_600_000);
  },
  CRASH_HEAP === undefined ? { engines: engines.slice(0, 1) } : {},
);

async function addMany(web: Member, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  let left = Math.round(count);
  const addNext = async (): Promise<void> => {
    while (left-- > 0) expect(await add(web, 'one of many', '', agent)).toBe(200);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, addNext));
  agent.destroy();
}

async function measure(crew: Crew, { by, child }: Member): Promise<number> {
  const since = crew.said.length;
  child.tell('measure');
  return (await crew.hear(by, 'measured', since)).bytes ?? Infinity;
}
