import type { Machine } from '../results.js';
import { lowerQuartile } from '../statistics.js';
import { table } from '../table.js';

/** One engine: what each case took in each round, by itself, by itself again, and with the library. */
export interface EngineResult {
  readonly title: string;
  readonly cases: ReadonlyArray<readonly [title: string, took: ReadonlyArray<readonly number[]>]>;
}

export interface DurableResults {
  readonly date: string;
  readonly machine: Machine;
  readonly node: string;
  readonly rounds: number;
  readonly submits: number;
  readonly batches: number;
  readonly engines: readonly EngineResult[];
  readonly leftOut: readonly string[];
}

/** Ratios only: what a store takes says more of its disk than of anybody's code. */
export function pageOf(results: DurableResults): string {
  const { date, machine, node, rounds, submits, batches, engines, leftOut } = results;
  return [
    '# Benchmarks of durable tasks',
    '`npm run bench:durable` measures this and writes this page: no number here is written by hand.',
    "Storing: the time that the library's engine takes to store a batch of one task, relative to the engine's own call with " +
      'the same data. A scope: the time that `runner.scope()` takes which adds one durable task, with all that the library ' +
      'does around it, relative to the same call, where what is stored is released meanwhile, as the library does it, too. ' +
      'Both are below 1 where the library is faster. Steps: how many of them a worker gets done, relative to the ' +
      "engine's own worker that makes the same fenced checkpoints by hand, with what it has for that (on Redis two commands, where the library needs one); above 1 where the library is faster. The control " +
      'is the engine by itself once more.',
    ...engines.map((engine) => engineSection(engine)),
    '## How it is measured',
    `It ran on ${date}, on ${machine.cores} cores of ${machine.processor}, with ${machine.system}, and Node ${node}. ` +
      `There are ${rounds} rounds, in two processes; in each, every case has its turn, in an order that changes, with a queue ` +
      `of its own. What is stored is the median of ${submits} batches; what is run are ${batches} batches of 8 steps that are there ` +
      'already, ten at a time, from the first step to the last. What is written compares the lower quartiles of the ' +
      'rounds. The store is on the same machine, and writes to its disk as it does by default.',
    ...leftOut.map((line) => `Left out: ${line}`),
  ].join('\n\n');
}

function engineSection({ title, cases }: EngineResult): string {
  const rows = cases.map(([name, [bare = [], control = [], library = []]]) => {
    const ratio = (of: readonly number[]): string => ratioOf(name, of, bare).toFixed(2);
    return [name, ratio(library), ratio(control)];
  });
  return `## ${title}\n\n${table(['', 'the library', 'control'], rows)}`;
}

/** Of times, where something is stored; of throughputs, where steps are run. */
function ratioOf(name: string, of: readonly number[], bare: readonly number[]): number {
  const times = lowerQuartile(of) / lowerQuartile(bare);
  return name.includes('steps') ? 1 / times : times;
}
