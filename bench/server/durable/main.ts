// measures one engine, with the library and without: prints what each case took, round by round
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { startApplication } from './application.js';
import { newBatch, type StepName } from './batches.js';
import { step, stepsDone } from './steps.js';
import type { BenchQueue, OpenQueue } from './store.js';
import { byEngine, byHand, byItself, byScope, medianOf, type Storing } from './submits.js';

interface Asked {
  readonly engine: 'bullmq redis' | 'bullmq postgres' | 'pg-boss';
  readonly connection: object;
  /** Those that do not count come first. */
  readonly warmUps: number;
  /** The order of the cases, round by round. */
  readonly orders: ReadonlyArray<readonly number[]>;
  readonly submits: number;
  readonly batches: number;
}

/** Steps of a batch. */
const SIZE = 8;

const asked = JSON.parse(process.argv[2] ?? '') as Asked;
const open = await opener(asked);

const measurements: Record<string, readonly Case[]> = {
  'storing, one at a time': [bareSubmits(1), bareSubmits(1), engineSubmits(1)],
  'storing, eight at once': [bareSubmits(8), bareSubmits(8), engineSubmits(8)],
  'a scope, one at a time': [bareScopes(1), bareScopes(1), scopes(1)],
  'a scope, eight at once': [bareScopes(8), bareScopes(8), scopes(8)],
  'steps of 1 ms': [bareLoop('bench.wait'), bareLoop('bench.wait'), libraryLoop('bench.wait')],
  'empty steps': [bareLoop('bench.nothing'), bareLoop('bench.nothing'), libraryLoop('bench.nothing')],
};

const results: Record<string, number[][]> = {};
for (const [title, cases] of Object.entries(measurements)) results[title] = await measure(cases);
console.log(JSON.stringify(results));
process.exit();

/** What each case took, in milliseconds. */
async function measure(cases: readonly Case[]): Promise<number[][]> {
  const took = cases.map((): number[] => []);
  for (const [round, order] of asked.orders.entries()) {
    for (const index of order) {
      const queue = await open(`bench-${randomUUID()}`);
      const milliseconds = await cases[index]?.(queue);
      if (milliseconds !== undefined && round >= asked.warmUps) took[index]?.push(milliseconds);
      await queue.close();
    }
  }
  return took;
}

async function opener({ engine, connection }: Asked): Promise<OpenQueue> {
  if (engine === 'pg-boss') {
    const { PgBossQueue } = await import('./pg-boss.js');
    return (name) => PgBossQueue.open(name, connection);
  }
  const { BullMqQueue } = await import('./bullmq.js');
  return (name) => BullMqQueue.open(name, connection, engine === 'bullmq redis' ? 'redis' : 'postgres');
}

type Case = (queue: BenchQueue) => Promise<number>;

function bareSubmits(atOnce: number): Case {
  return (queue) => medianOf(byItself(queue), asked.submits, atOnce);
}

function engineSubmits(atOnce: number): Case {
  return async (queue) => medianUntilClosed(await byEngine(queue), atOnce);
}

function bareScopes(atOnce: number): Case {
  return async (queue) => {
    const released = new Set<Promise<unknown>>();
    const median = await medianOf(byHand(queue, released), asked.submits, atOnce);
    await Promise.all(released);
    return median;
  };
}

function scopes(atOnce: number): Case {
  return async (queue) => medianUntilClosed(await byScope(queue), atOnce);
}

async function medianUntilClosed({ store, close }: Storing, atOnce: number): Promise<number> {
  const median = await medianOf(store, asked.submits, atOnce);
  await close();
  return median;
}

function bareLoop(name: StepName): Case {
  return (queue) => loop(queue, name, () => queue.work(step));
}

function libraryLoop(name: StepName): Case {
  return (queue) =>
    loop(queue, name, async () => {
      const app = await startApplication(queue.module(true));
      return () => app.close();
    });
}

/** Has a worker run what is there already: from its first step to its last one. */
async function loop(queue: BenchQueue, name: StepName, work: () => Promise<() => Promise<void>>): Promise<number> {
  await queue.fill(Array.from({ length: asked.batches }, () => newBatch(name, SIZE)));
  const done = stepsDone(asked.batches * SIZE);
  const close = await work();
  const milliseconds = await done;
  await close();
  return milliseconds;
}
