import type { RetryNumbers, Step } from './engine.js';
import type { StepDefaults } from './durable.options.js';

/** How a step is tried again, complete: p-retry's numbers, with its defaults. */
export interface Backoff {
  readonly retries: number;
  readonly factor: number;
  readonly minTimeout: number;
  readonly maxTimeout: number;
  readonly maxRetryTime: number;
  readonly randomize: boolean;
}

/** As it comes from a store: JSON has no number without end, and writes null. */
type Written = { readonly [K in keyof RetryNumbers]?: RetryNumbers[K] | null };

/** The longest wait that every engine can keep: a year. */
const LONGEST_WAIT = 31_536_000_000;

/** How `step` is tried again; where nothing is said of it, as `defaults` say. */
export function backoffOf({ retries: said }: Pick<Step, 'retries'>, defaults: Required<StepDefaults>): Backoff {
  const retries = said === undefined ? defaults.retries : said;
  const numbers: Written = typeof retries === 'object' && retries !== null ? retries : { retries };
  return {
    retries: unlimited(numbers.retries, 10),
    factor: numbers.factor ?? 2,
    minTimeout: numbers.minTimeout ?? 1_000,
    maxTimeout: unlimited(numbers.maxTimeout),
    maxRetryTime: unlimited(numbers.maxRetryTime),
    randomize: numbers.randomize ?? true,
  };
}

/** Milliseconds until the attempt after `failures` failed ones, which p-retry would wait, too. */
export function waitAfter(failures: number, { factor, minTimeout, maxTimeout, randomize }: Backoff): number {
  const spread = randomize ? Math.random() + 1 : 1;
  const wait = Math.round(spread * Math.max(minTimeout, 1) * factor ** (failures - 1));
  return Math.min(wait, maxTimeout, LONGEST_WAIT);
}

function unlimited(value: number | null | undefined, otherwise = Infinity): number {
  if (value === null) return Infinity;
  return value ?? otherwise;
}
