import type { BatchEntry } from '../core/batch/batch.js';
import { durableOf, optionsOf } from '../core/tasks/background-task.js';
import type { RunOn, SharedTaskOptions } from '../core/tasks/task-options.js';
import type { NewBatch, RetryNumbers, Step } from './engine.js';
import type { OutgoingBatch, StoredEntry } from './outgoing-batch.js';

/** Stands where nothing is said of a task, nor of its group: no value that anybody can set. */
const NOTHING_SAID = -1;

/** For which end of the response a task is. */
export function runOnOf({ task, group }: BatchEntry, runOn: RunOn): RunOn {
  return saidOf(task, group, runOn).runOn;
}

/** `outgoing`, as an engine is given it. */
export function newBatch(outgoing: OutgoingBatch, carry: Readonly<Record<string, string>>): NewBatch {
  return { v: 1, id: outgoing.id, steps: outgoing.stored.map(stepOf), carry };
}

/** How many bytes of `batch` are the user's. */
export function payloadOf({ steps, carry }: NewBatch): number {
  return Buffer.byteLength(JSON.stringify([steps.map(({ args }) => args), carry]));
}

function stepOf({ entry: { task, group }, outcome }: StoredEntry): Step {
  const method = durableOf(task);
  const { timeout, retries } = saidOf(task, group, 'success');
  const { name: label } = optionsOf(task);
  return {
    name: method?.name ?? '',
    args: JSON.parse(method?.carried ?? '[]') as unknown[],
    outcome,
    ...(label !== undefined && { label }),
    ...(timeout !== NOTHING_SAID && { timeout: finite(timeout) }),
    ...(retries !== NOTHING_SAID && { retries: typeof retries === 'number' ? finite(retries) : numbersOf(retries) }),
  };
}

function saidOf(task: BatchEntry['task'], group: BatchEntry['group'], runOn: RunOn): Required<SharedTaskOptions> {
  return group.optionsFor(task, { runOn, timeout: NOTHING_SAID, retries: NOTHING_SAID });
}

function numbersOf({ retries, factor, minTimeout, maxTimeout, maxRetryTime, randomize }: RetryNumbers): RetryNumbers {
  return JSON.parse(
    JSON.stringify({ retries, factor, minTimeout, maxTimeout, maxRetryTime, randomize }),
  ) as RetryNumbers;
}

function finite(value: number): number | null {
  return value === Infinity ? null : value;
}
