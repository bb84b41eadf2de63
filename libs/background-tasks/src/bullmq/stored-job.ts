import type { IQueueBackend, Job, Queue } from 'bullmq';
import type { DurableBatch } from '../core/tasks/durable-batches.js';
import { stepNames, storedData, type StoredData } from '../durable/stored-data.js';

/** What is in a job's data. */
export interface JobData extends StoredData {
  /** How often BullMQ had found the job without its worker when it was redriven: what is before that does not count. */
  readonly crashes?: number;
}

/** A job, whose data somebody else may have put there. */
export type StoredJob = Job<unknown, null>;

export type JobQueue = Queue<unknown, null, string, unknown, null, string, IQueueBackend, unknown>;

/** What users see of a job. */
export function seen(job: StoredJob, state: string): DurableBatch {
  const { batch, progress } = storedData(job.data);
  const shown = shownState(state, job.attemptsStarted);
  const error = shown === 'failed' ? job.failedReason : progress.error;
  const told = error === undefined || shown === 'completed' ? {} : { error };
  return { id: job.id ?? '', state: shown, tasks: stepNames(batch), cursor: progress.cursor, ...told };
}

/** BullMQ has one state for what is held, and for what waits for its next attempt: a worker has had the latter. */
function shownState(state: string, begun: number): DurableBatch['state'] {
  if (state === 'delayed') return begun > 0 ? 'waiting' : 'held';
  return state === 'active' || state === 'completed' || state === 'failed' ? state : 'waiting';
}

/** Whether a job can still be taken away. */
export function canBeDiscarded(state: string): boolean {
  return state !== 'active' && state !== 'completed' && state !== 'unknown';
}

/** A job as BullMQ wants it: its name is for dashboards. */
export function jobName(batch: unknown): string {
  const names = stepNames(batch).join(', ');
  return names.length > 100 ? `${names.slice(0, 100)}…` : names || 'batch';
}
