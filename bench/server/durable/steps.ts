import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DurableTask } from 'nestjs-background-tasks';
import type { StepName } from './batches.js';

let left = 0;
let first = 0;
let tellLast: (milliseconds: number) => void = () => {};

/** Resolves, once the last of `count` steps is done, to the milliseconds since the first one began. */
export function stepsDone(count: number): Promise<number> {
  left = count;
  first = 0;
  return new Promise((resolve) => {
    tellLast = resolve;
  });
}

/** What every step does, whoever calls it. */
export async function step(name: StepName): Promise<void> {
  first ||= performance.now();
  if (name === 'bench.wait') await setTimeout(1);
  left--;
  if (left === 0) tellLast(performance.now() - first);
}

/** The tasks of the library's applications. */
@Injectable()
export class Steps {
  @DurableTask('bench.nothing')
  nothing(_payload: object): Promise<void> {
    return step('bench.nothing');
  }

  @DurableTask('bench.wait')
  wait(_payload: object): Promise<void> {
    return step('bench.wait');
  }
}
