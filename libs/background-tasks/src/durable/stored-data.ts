import type { Progress } from './engine.js';

/** What an engine keeps of a batch. Whoever can write to the store may have put something else there. */
export interface StoredData {
  readonly batch: unknown;
  readonly progress: Progress;
}

/** What every batch begins with. */
export const BEGINNING: Progress = Object.freeze({ cursor: 0, failures: 0 });

/** `data` as this library makes sense of it; what is not of its shape is a batch of another kind, at its beginning. */
export function storedData(data: unknown): StoredData {
  if (!isObject(data) || !('batch' in data)) return { batch: data, progress: BEGINNING };
  return { batch: data['batch'], progress: isProgress(data['progress']) ? data['progress'] : BEGINNING };
}

/** The names of the steps of what may be a batch; none of one that is not. */
export function stepNames(batch: unknown): string[] {
  if (!isObject(batch) || !Array.isArray(batch['steps'])) return [];
  return batch['steps'].flatMap((step: unknown) =>
    isObject(step) && typeof step['name'] === 'string' ? [step['name']] : [],
  );
}

function isProgress(value: unknown): value is Progress {
  if (!isObject(value) || !isCount(value['cursor']) || !isCount(value['failures'])) return false;
  const { since = 0, unknownSince = 0, error = '' } = value;
  return typeof since === 'number' && typeof unknownSince === 'number' && typeof error === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
