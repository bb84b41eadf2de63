import { execFileSync } from 'node:child_process';
import type { NestLayout } from './nest-layouts.js';
import type { BatchResult } from './results.js';
import { ROUNDS_PER_PROCESS } from './settings.js';

const SIZES = [1, 10, 1_000, 10_000, 100_000];

/** What a task costs in batches of several sizes, in turns, with new processes every few rounds. */
export function measureBatches({ program }: NestLayout, rounds: number): BatchResult[] {
  const results = SIZES.map((size) => ({ size, cpu: [] as number[] }));
  for (let left = rounds; left > 0; left -= ROUNDS_PER_PROCESS) {
    console.log(`Batches: ${rounds - left} of ${rounds} rounds`);
    for (const { size, cpu } of results) {
      cpu.push(...measureBatch(program('batches.js'), size, Math.min(left, ROUNDS_PER_PROCESS)));
    }
  }
  return results;
}

function measureBatch(program: string, size: number, rounds: number): number[] {
  const output = execFileSync(process.execPath, [program, String(size), String(rounds)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return JSON.parse(output) as number[];
}
