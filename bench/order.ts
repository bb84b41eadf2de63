/**
 * In which order `count` cases are measured in a round.
 *
 * A Williams design: over `2 * count` rounds, each case stands in each place, and follows each other
 * case, equally often.
 */
export function orderOf(count: number, round: number): number[] {
  const shift = Math.floor(round / 2);
  const order = zigzag(count).map((index) => (index + shift) % count);
  return round % 2 === 0 ? order : order.toReversed();
}

/** 0, 1, n - 1, 2, n - 2, … */
function zigzag(count: number): number[] {
  return Array.from({ length: count }, (_, place) => (place % 2 === 1 ? (place + 1) / 2 : (count - place / 2) % count));
}
