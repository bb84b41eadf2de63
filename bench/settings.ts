/** How much is measured; what `npm run bench` takes from its environment. */
export interface Settings {
  /** How often each case is measured. */
  readonly rounds: number;
  /** Requests that one measurement takes. */
  readonly requests: number;
  /** Parts of the names of what is to be measured; of none, everything is. */
  readonly only: readonly string[];
  /** Whether this is the full run, whose results are published. */
  readonly isFull: boolean;
}

/**
 * Rounds after which every server is replaced: no two processes of the same program are equally fast.
 *
 * As many as it takes until each of nine cases has followed each other one equally often.
 */
export const ROUNDS_PER_PROCESS = 18;

/** Connections that are kept open, each with one request at a time. */
export const CONNECTIONS = 10;

/**
 * How often a new server is loaded before it is measured, and with how many requests.
 *
 * On new connections each time: V8 gives up optimized code when the first connections close.
 */
export const WARM_UPS = 10;
export const WARM_UP_REQUESTS = 1_000;

/** Of the full run: many short measurements tell more than a few long ones on a machine that is never quite quiet. */
export const FULL_ROUNDS = 3 * ROUNDS_PER_PROCESS;
export const FULL_REQUESTS = 1_000;

const VARIABLES = ['BENCH_ROUNDS', 'BENCH_REQUESTS', 'BENCH_ONLY'];

/** @throws TypeError for a number that is none. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    rounds: count('BENCH_ROUNDS', environment['BENCH_ROUNDS'] ?? `${FULL_ROUNDS}`),
    requests: count('BENCH_REQUESTS', environment['BENCH_REQUESTS'] ?? `${FULL_REQUESTS}`),
    only: (environment['BENCH_ONLY'] ?? '').split(',').filter((part) => part !== ''),
    isFull: VARIABLES.every((name) => environment[name] === undefined),
  };
}

/** Whether `name` is one of what is to be measured. */
export function isWanted({ only }: Settings, name: string): boolean {
  return only.length === 0 || only.some((part) => name.includes(part));
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`Expected \`${name}\` to be a whole number above 0, got \`${text}\`.`);
}
