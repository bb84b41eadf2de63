/** The one of `words` that was probably meant by `word`, if any is near enough. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const [best] = Array.from(words, (known) => ({
    known,
    distance: distanceOf(word.toLowerCase(), known.toLowerCase()),
  }))
    .filter(({ known, distance }) => distance < known.length && distance <= Math.ceil(known.length * 0.4))
    .sort((one, other) => one.distance - other.distance);
  return best?.known;
}

/** How many letters have to be put in, taken out, or replaced to make `to` of `from` (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of Array.from(from).entries()) {
    const next = [line + 1];
    for (const [column, other] of Array.from(to).entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
