import type { NewBatch, RetryNumbers, Step } from './engine.js';

/** What was found in a store, as a worker takes it. */
export type ReadBatch =
  | { readonly type: 'known'; readonly batch: NewBatch }
  /** Of a version that this one does not know: another worker may. */
  | { readonly type: 'unknown version'; readonly version: number }
  /** None of this library's. */
  | { readonly type: 'foreign' };

/** Looks at what is called a batch in a store: whoever may write there may have put anything there. */
export function readBatch(found: unknown): ReadBatch {
  if (!isRecord(found) || typeof found['v'] !== 'number') return { type: 'foreign' };
  if (found['v'] !== 1) return { type: 'unknown version', version: found['v'] };
  const { id, steps, carry } = found;
  const isKnown =
    typeof id === 'string' && Array.isArray(steps) && steps.length > 0 && steps.every(isStep) && isTexts(carry);
  return isKnown ? { type: 'known', batch: { v: 1, id, steps, carry } } : { type: 'foreign' };
}

function isStep(value: unknown): value is Step {
  if (!isRecord(value) || typeof value['name'] !== 'string' || !Array.isArray(value['args'])) return false;
  const { outcome, index = 0, label = '', timeout = null, retries = null } = value;
  const isOutcome = outcome === 'success' || outcome === 'failure';
  const isPlaced = Number.isSafeInteger(index) && Number(index) >= 0;
  return (
    isOutcome && isPlaced && typeof label === 'string' && isLimit(timeout) && (isLimit(retries) || isNumbers(retries))
  );
}

function isLimit(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && value >= 0);
}

function isNumbers(value: unknown): value is RetryNumbers {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'boolean' || isLimit(each));
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
