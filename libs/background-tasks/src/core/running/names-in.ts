import type { Batch } from '../batch/batch.js';
import { nameOf } from '../errors/wording.js';

/** What tasks are called, of some batches. */
export interface TaskNames {
  readonly running: readonly string[];
  readonly pending: readonly string[];
}

/** The names of the tasks in `batches`: of those that are running, and of those that have not started. */
export function namesIn(batches: Iterable<Batch>): TaskNames {
  const names = { running: new Array<string>(), pending: new Array<string>() };
  for (const batch of batches) {
    const current = batch.run?.current;
    if (current !== undefined) names.running.push(nameOf(current.entry.task));
    for (const task of [...batch, ...(batch.run?.leaving ?? [])]) names.pending.push(nameOf(task));
  }
  return names;
}
