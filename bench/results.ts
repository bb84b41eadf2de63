import { readFileSync, writeFileSync } from 'node:fs';
import type { Settings } from './settings.js';

/** What was measured of one case, in the order of the rounds. */
export interface CaseResult {
  readonly title: string;
  /** Microseconds of CPU time, of the user and the system, that a request costs the server. */
  readonly cpu: readonly number[];
  readonly requestsPerSecond: readonly number[];
  /** What the library said when it lacks what the case needs; nothing was measured then. */
  readonly refusal?: string;
}

/** Cases that answer the same request, measured in turns; the first is what the others are compared with. */
export interface SuiteResult {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly CaseResult[];
}

/** Batches of one size. */
export interface BatchResult {
  readonly size: number;
  /** Microseconds of CPU time that a task costs, in the order of the rounds. */
  readonly cpu: readonly number[];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
}

export interface Results {
  /** The day, as in 2026-01-31. */
  readonly date: string;
  /** How long it took. */
  readonly minutes: number;
  readonly machine: Machine;
  /** The versions of what takes part of Python, where it was measured. */
  readonly python?: string | undefined;
  readonly settings: Settings;
  readonly suites: readonly SuiteResult[];
  readonly batches: readonly BatchResult[];
  /** What could not be measured, and why. */
  readonly leftOut: readonly string[];
}

export const OUTPUT = 'dist/bench';
const FILE = `${OUTPUT}/results.json`;

export function writeResults(results: Results): void {
  writeFileSync(FILE, JSON.stringify(results));
}

export function readResults(): Results {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Results;
}
