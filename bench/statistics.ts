/** Where the middle half of some numbers lies. */
export interface Spread {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

/** Each number divided by the one measured beside it. */
export function ratios(numbers: readonly number[], to: readonly number[]): number[] {
  return numbers.map((number, index) => number / (to[index] ?? NaN));
}

function quantile(sorted: readonly number[], portion: number): number {
  const position = (sorted.length - 1) * portion;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
