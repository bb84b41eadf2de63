import { execFileSync } from 'node:child_process';
import type { NestLayout } from './nest-layouts.js';
import type { BatchResult } from './results.js';
import { ROUNDS_PER_PROCESS } from './settings.js';
import { lowerQuartile } from './statistics.js';
import type { NestSetting } from './suites.js';

const SIZES = [1, 10, 1_000, 10_000, 100_000];

/** What a task costs in batches of several sizes, in turns, with new processes every few rounds. */
export function measureBatches({ node, layout, before }: NestSetting, rounds: number): BatchResult[] {
  const results = SIZES.map((size) => ({ size, cpu: [] as number[], cpuBefore: [] as number[] }));
  for (let done = 0; done < rounds; done += ROUNDS_PER_PROCESS) {
    console.log(`Batches: ${done} of ${rounds} rounds`);
    for (const { size, cpu, cpuBefore } of results) {
      const measure = (of: NestLayout): number[] =>
        run(node.binary, [of.program('batches.js'), String(size), String(ROUNDS_PER_PROCESS)]);
      cpu.push(...measure(layout));
      if (before !== undefined) cpuBefore.push(...measure(before));
    }
  }
  return results;
}

/** Bytes of heap that a task takes while it waits. */
export function measureMemory({ node, layout }: NestSetting): number {
  return lowerQuartile(run(node.binary, ['--expose-gc', layout.program('memory.js')]));
}

function run(node: string, args: readonly string[]): number[] {
  const output = execFileSync(node, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return JSON.parse(output) as number[];
}
