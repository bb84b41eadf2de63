import type { BatchEntry } from '../core/batch/batch.js';
import { durableOf, optionsOf } from '../core/tasks/background-task.js';
import type { Outcome } from '../core/tasks/task-context.js';
import type { RunOn, SharedTaskOptions } from '../core/tasks/task-options.js';
import type { NewBatch, RetryNumbers, Step } from './engine.js';
import type { OutgoingBatch, StoredEntry } from './outgoing-batch.js';

/** Stands where nothing is said of a task, nor of its group: no value that anybody can set. */
const NOTHING_SAID = -1;

/** For which end of the response a task is. */
export function runOnOf({ task, group }: BatchEntry, runOn: RunOn): RunOn {
  return saidOf(task, group, runOn).runOn;
}

/** Whether what is for `runOn` runs where the response ends so. */
export function isFor(runOn: RunOn, outcome: Outcome): boolean {
  return runOn === 'always' || runOn === outcome;
}

/** `outgoing`, as an engine is given it. */
export function newBatch(outgoing: OutgoingBatch, carry: Readonly<Record<string, string>>): NewBatch {
  // where they come from several batches, their places in those say nothing
  const areOwn = outgoing.stored.every(({ entry }) => entry.batch === outgoing.batch);
  const steps = outgoing.stored.map((stored, place) => stepOf(stored, areOwn ? stored.entry.index : place, place));
  return { v: 1, id: outgoing.id, steps, carry };
}

/** How many bytes of `batch` are the user's: with nothing to carry, as many as its tasks were admitted with. */
export function payloadOf({ steps, carry }: NewBatch): number {
  const carried = Object.keys(carry).length === 0 ? [] : [carry];
  return [...steps.map(({ args }) => args), ...carried].reduce((sum, value) => sum + bytesOf(value), 0);
}

function stepOf({ entry: { task, group }, outcome }: StoredEntry, index: number, place: number): Step {
  const method = durableOf(task);
  const { timeout, retries } = saidOf(task, group, 'success');
  const { name: label } = optionsOf(task);
  return {
    name: method?.name ?? '',
    args: JSON.parse(method?.carried ?? '[]') as unknown[],
    outcome,
    ...(index !== place && { index }),
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

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
