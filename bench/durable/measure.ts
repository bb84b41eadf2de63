// measures what durable tasks cost beside their engines, and writes the page: in docs/ after a full run
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { thisMachine } from '../machine.js';
import { buildLibrary, layOutNest12 } from '../nest-layouts.js';
import { findNodes } from '../nodes.js';
import { orderOf } from '../order.js';
import { OUTPUT } from '../results.js';
import { type DurableResults, type EngineResult, pageOf } from './page.js';
import { type RunningStore, startPostgres, startRedis } from './stores.js';

const FULL_ROUNDS = 12;
/** Processes that each engine is measured in: no two of the same program are equally fast. */
const GENERATIONS = 2;
/** Rounds of each process that do not count. */
const WARM_UPS = 2;
/** The engine by itself, the same again, and the library. */
const CASES = 3;
const SUBMITS = 400;
const BATCHES = 100;

const rounds = Number(process.env['BENCH_ROUNDS'] ?? FULL_ROUNDS);
const only = process.env['BENCH_ONLY'] ?? '';
const isFull = process.env['BENCH_ROUNDS'] === undefined && only === '';
const [node] = await findNodes();
if (node === undefined) throw new Error('There is no Node to measure with.');
const program = layOutNest12(buildLibrary()).program('durable/main.js');

const engines: EngineResult[] = [];
const leftOut: string[] = [];
await measureOn('bullmq redis', 'BullMQ', startRedis, 'there is no `redis-server` here');
await measureOn('bullmq postgres', 'BullMQ', startPostgres, 'no PostgreSQL can be started here');
await measureOn('pg-boss', 'pg-boss', startPostgres, 'no PostgreSQL can be started here');

const results: DurableResults = {
  date: new Date().toISOString().slice(0, 10),
  machine: thisMachine(),
  node: node.version,
  rounds: GENERATIONS * Math.ceil(rounds / GENERATIONS),
  submits: SUBMITS,
  batches: BATCHES,
  engines,
  leftOut,
};
const file = `${isFull ? 'docs' : OUTPUT}/benchmarks-durable.md`;
const page = await format(pageOf(results), { ...(await resolveConfig(file)), parser: 'markdown' });
writeFileSync(file, page);
console.log(`${page}\nWritten to ${file}.`);

async function measureOn(
  engine: string,
  title: string,
  start: () => Promise<RunningStore | undefined>,
  why: string,
): Promise<void> {
  if (!engine.includes(only)) return;
  const store = await start();
  if (store === undefined) return void leftOut.push(`${title}: ${why}.`);
  const cases = new Map<string, number[][]>();
  for (let generation = 0; generation < GENERATIONS; generation++) {
    console.log(`${title}: process ${generation + 1} of ${GENERATIONS}`);
    for (const [name, took] of Object.entries(run(engine, store, generation))) {
      const before = cases.get(name) ?? took.map((): number[] => []);
      cases.set(
        name,
        before.map((numbers, index) => [...numbers, ...(took[index] ?? [])]),
      );
    }
  }
  await store.stop();
  engines.push({ title: `${title} on ${store.version}`, cases: [...cases] });
}

function run(engine: string, { connection }: RunningStore, generation: number): Record<string, number[][]> {
  const orders = Array.from({ length: WARM_UPS + Math.ceil(rounds / GENERATIONS) }, (_, round) =>
    orderOf(CASES, round + generation),
  );
  const asked = { engine, connection, warmUps: WARM_UPS, orders, submits: SUBMITS, batches: BATCHES };
  const output = execFileSync(node.binary, [program, JSON.stringify(asked)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return JSON.parse(output) as Record<string, number[][]>;
}
