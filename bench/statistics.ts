import type { CaseResult, SuiteResult } from './results.js';

/** Noise only ever adds to what something costs: a quarter of the measurements had little of it. */
export function lowerQuartile(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) / 4;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** The microseconds of CPU time that a request of this case costs. */
export function costOf({ cpu }: CaseResult): number {
  return lowerQuartile(cpu);
}

/** What a request of this case costs, divided by what one of another costs. */
export function ratioOf(of: CaseResult, to: CaseResult): number {
  return costOf(of) / costOf(to);
}

/** How far the same application is from itself, where that was measured. */
export function controlOf({ cases }: SuiteResult): number | undefined {
  const [first] = cases;
  const control = cases.find(({ isControl }) => isControl);
  return first && control && ratioOf(control, first);
}
