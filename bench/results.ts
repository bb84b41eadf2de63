import { readFileSync, writeFileSync } from 'node:fs';
import type { Settings } from './settings.js';

/** What was measured of one case. */
export interface CaseResult {
  readonly title: string;
  /** Microseconds of CPU time, of the user and the system, that a request costs the server, in the order of the rounds. */
  readonly cpu: readonly number[];
  readonly isControl: boolean;
  readonly isByHand: boolean;
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
  /** The same of the library of the commit that this one is compared with. */
  readonly cpuBefore: readonly number[];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly system: string;
}

export interface Results {
  /** The day, as in 2026-01-31. */
  readonly date: string;
  /** How long it took. */
  readonly minutes: number;
  readonly machine: Machine;
  /** The versions of Node, the newest first. */
  readonly nodes: readonly string[];
  /** The versions of what takes part of Python, where it was measured. */
  readonly python?: string | undefined;
  readonly settings: Settings;
  readonly suites: readonly SuiteResult[];
  readonly batches: readonly BatchResult[];
  /** Bytes of heap that a task takes while it waits, if that was measured. */
  readonly bytesPerTask?: number | undefined;
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
