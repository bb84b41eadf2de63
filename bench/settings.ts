import type { Case } from './cases.js';

/** How much is measured; what `npm run bench` takes from its environment. */
export interface Settings {
  /** How often each case is measured. */
  readonly rounds: number;
  /** Requests that one measurement takes. */
  readonly requests: number;
  /** Parts of the names of what is to be measured; of none, everything is. */
  readonly only: readonly string[];
  /** Parts of the titles of those cases that are measured beside what they are compared with; of none, all are. */
  readonly cases: readonly string[];
  /** A commit of this repository with whose library this one is compared. */
  readonly against?: string | undefined;
  /** Whether this is the full run, whose results are published. */
  readonly isFull: boolean;
}

/** Rounds after which every server is replaced: no two processes of the same program are equally fast. */
export const ROUNDS_PER_PROCESS = 2;

/** Connections that are kept open, each with one request at a time. */
export const CONNECTIONS = 10;

/**
 * How often a new server is loaded before it is measured: with requests to each route of its application, and then
 * to the one that is measured, as many as a measurement takes.
 *
 * On new connections each time: V8 gives up optimized code when the first connections close. A process that has served
 * one route only is twice as fast as any server of the world is.
 */
export const WARM_UPS = 6;
export const WARM_UP_REQUESTS = 1_000;

export const FULL_ROUNDS = 8;
export const FULL_REQUESTS = 3_000;

const VARIABLES = ['BENCH_ROUNDS', 'BENCH_REQUESTS', 'BENCH_ONLY', 'BENCH_CASES', 'BENCH_AGAINST'];

/** @throws TypeError for a number that is none. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    rounds: count('BENCH_ROUNDS', environment['BENCH_ROUNDS'] ?? `${FULL_ROUNDS}`),
    requests: count('BENCH_REQUESTS', environment['BENCH_REQUESTS'] ?? `${FULL_REQUESTS}`),
    only: partsOf(environment['BENCH_ONLY']),
    cases: partsOf(environment['BENCH_CASES']),
    against: environment['BENCH_AGAINST'],
    isFull: VARIABLES.every((name) => environment[name] === undefined),
  };
}

/** Whether `name` is one of what is to be measured. */
export function isWanted({ only }: Settings, name: string): boolean {
  return hasOneOf(only, name);
}

/** Those of `cases` that are to be measured, and what they are compared with. */
export function wantedOf({ cases }: Settings, all: readonly Case[]): Case[] {
  return all.filter((each, index) => {
    const isComparedWith = index === 0 || each.isControl === true || each.isByHand === true;
    return isComparedWith || hasOneOf(cases, each.title);
  });
}

function hasOneOf(parts: readonly string[], text: string): boolean {
  return parts.length === 0 || parts.some((part) => text.includes(part));
}

function partsOf(list = ''): string[] {
  return list.split(',').filter((part) => part !== '');
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new TypeError(`Expected \`${name}\` to be a whole number above 0, got \`${text}\`.`);
}
