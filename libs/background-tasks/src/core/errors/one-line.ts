/** As long as a name may be in a log line; what is longer is cut. */
const LONGEST = 200;

/** What would begin a new line, or be obeyed by a terminal. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, 'g');

/** `text` as it may stand within one line of a log: escaped and cut where it has to be, and then the same again. */
export function oneLine(text: string): string {
  if (text.length <= LONGEST && !UNPRINTABLE.test(text)) return text;
  const escaped = text.slice(0, LONGEST + 1).replace(EACH_UNPRINTABLE, escapeOf);
  return escaped.length <= LONGEST ? escaped : `${escaped.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
