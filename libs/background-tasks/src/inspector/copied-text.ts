/**
 * `text`, and no more than `longest` characters of it, as a string of its own.
 *
 * V8 keeps the whole string behind a piece of it: what is cut and not copied bounds nothing. Half a surrogate pair is
 * replaced, so that all of it is valid UTF-8.
 */
export function copied(text: string, longest: number): string {
  const cut = text.length <= longest ? text : `${text.slice(0, longest - ELLIPSIS.length)}${ELLIPSIS}`;
  return Buffer.from(cut).toString();
}

/** Not `…`, which would have V8 keep two bytes for each character. */
const ELLIPSIS = '...';

/** How many bytes V8 keeps for `text`: one for each character if all of them are of Latin-1, else two. */
export function bytesOf(text: string): number {
  return BEYOND_LATIN_1.test(text) ? text.length * 2 : text.length;
}

const BEYOND_LATIN_1 = /[^\0-\u00ff]/;
