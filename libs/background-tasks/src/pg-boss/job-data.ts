import type { DurableBatch } from '../core/tasks/durable-batches.js';
import type { NewBatch, Progress } from '../durable/engine.js';
import { BEGINNING, stepNames, storedData } from '../durable/stored-data.js';

/** What the engine keeps in the `data` of a job. */
export interface JobData {
  readonly batch: NewBatch;
  readonly progress: Progress;
  /** How many of its claims have ended with a word: all others are crashes. */
  readonly handled: number;
}

/** A job as the table has it. */
export interface Row {
  readonly id: string;
  readonly state: DurableBatch['state'];
  readonly data: unknown;
  readonly output: unknown;
}

export function newData(batch: NewBatch): JobData {
  return { batch, progress: BEGINNING, handled: 0 };
}

/** How many of the `claims` that a job had before were lost. */
export function crashesOf(data: unknown, claims: number): number {
  const handled = fieldOf(data, 'handled');
  return claims - (typeof handled === 'number' ? handled : 0);
}

export function batchIn({ id, state, data, output }: Row): DurableBatch {
  const { batch, progress } = storedData(data);
  const error = state === 'failed' ? errorIn(output) : progress.error;
  return { id, state, tasks: stepNames(batch), cursor: progress.cursor, ...(error !== undefined && { error }) };
}

/** An error as the `output` of a job: pg-boss, and its dashboard, keep results and errors there. */
export function outputOf(error: string | undefined): string | null {
  return error === undefined ? null : JSON.stringify({ value: storable(error) });
}

export function textOf(progress: Progress): string {
  const { error } = progress;
  return JSON.stringify(error === undefined ? progress : { ...progress, error: storable(error) });
}

/** pg-boss itself puts errors there as objects. */
function errorIn(output: unknown): string | undefined {
  const value = fieldOf(output, 'value');
  const text = typeof value === 'string' ? value : fieldOf(value, 'message');
  return typeof text === 'string' ? text : undefined;
}

/** `text` without what PostgreSQL refuses in JSON: what was thrown may have it, or was cut in the middle of a character. */
function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
