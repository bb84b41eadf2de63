import type { WorkerOptions } from '../../libs/background-tasks/src/durable/engine.js';
import type { EngineChoice } from './engines.js';

/** What a worker process is told. */
export interface CrashOptions {
  readonly engine: EngineChoice;
  readonly worker: WorkerOptions;
  /** Milliseconds that a step takes. */
  readonly step: number;
}

/** What a worker process prints. */
export interface Happened {
  readonly id: string;
  readonly step: number;
  readonly what: 'begins' | 'ends' | 'is written' | 'is lost';
  readonly at: number;
}

/** What happened to one batch in all processes, in order, and who did it. */
export interface Told extends Happened {
  readonly by: number;
}

/** What is wrong with what happened to a batch of so many steps; `killed` are the workers that did not live on, and when. */
export function faults(all: readonly Told[], steps: number, killed: ReadonlyMap<number, number>): string[] {
  const found: string[] = [];
  const dead = (by: number, at: number): boolean => (killed.get(by) ?? Infinity) <= at;
  let next = 0;
  for (const [index, { step, what, by, at }] of all.entries()) {
    if (what === 'is written') next = step + 1;
    if (what !== 'begins') continue;
    const before = all.slice(0, index).findLast((each) => each.what !== 'is written');
    if (step < next) found.push(`step ${step} ran again although it was written down`);
    // the end of a step may have been written down by a worker that was killed before it could say so
    const ended = before?.step === step - 1 && before.what === 'ends' && dead(before.by, at);
    if (step > next && !ended) found.push(`step ${step} ran before step ${next} had ended`);
    const again = before?.step === step;
    if (again && !dead(before.by, at)) found.push(`step ${step} ran again, in ${by}, though ${before.by} lives`);
  }
  if (next < steps) found.push(`it ended at step ${next}`);
  return found;
}
