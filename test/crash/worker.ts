import { writeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Claim, NewBatch, Verdict } from '../../libs/background-tasks/src/durable/engine.js';
import { engineOf } from './engines.js';
import type { CrashOptions, Happened } from './happened.js';

/** A worker process that runs batches by a loop of its own, and prints what it does, until it is killed. */
const { engine: choice, worker, step } = JSON.parse(process.argv[2] ?? '') as CrashOptions;

function print(id: string, index: number, what: Happened['what']): void {
  const line: Happened = { id, step: index, what, at: Date.now() };
  // at once: nothing is left in a buffer when it is killed
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function run(claim: Claim): Promise<Verdict> {
  const { steps } = claim.batch as NewBatch;
  for (let index = claim.progress.cursor; index < steps.length; index++) {
    print(claim.id, index, 'begins');
    await wait(step);
    print(claim.id, index, 'ends');
    await claim.checkpoint({ cursor: index + 1, failures: 0 }).catch((error: unknown) => {
      print(claim.id, index, 'is lost');
      throw error;
    });
    print(claim.id, index, 'is written');
  }
  return { type: 'done' };
}

const engine = engineOf(choice, (line) => writeSync(2, `${line}\n`));
await engine.start();
await engine.consume(run, worker);
