import { stackOf, summaryOf } from '../core/errors/error-text.js';
import { copied } from './copied-text.js';
import type { ErrorView } from './view.js';

/** Characters of a message, and of a stack. */
const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 4_000;
/** Far more than is kept, so that no secret is cut in two before it was looked for. */
const LONGEST_GIVEN = 64_000;

/** What takes secrets out of a text. */
export type Redact = (text: string) => string;

/** What is kept of what was thrown, whatever that is; `redact` sees it before it is cut. */
export function keptError(thrown: unknown, redact: Redact): ErrorView {
  const message = kept(summaryOf(thrown, LONGEST_GIVEN), LONGEST_MESSAGE, redact);
  const stack = stackOf(thrown, LONGEST_GIVEN, LONGEST_GIVEN);
  return stack === undefined ? { message } : { message, stack: kept(stack, LONGEST_STACK, redact) };
}

function kept(text: string, longest: number, redact: Redact): string {
  return copied(redacted(text.slice(0, LONGEST_GIVEN), redact), longest);
}

/** A text that could not be redacted is not shown. */
function redacted(text: string, redact: Redact): string {
  try {
    const result: unknown = redact(text);
    if (typeof result === 'string') return result;
    // a promise of it comes too late, and nobody else would look at what that rejects with
    Promise.resolve(result).catch(() => undefined);
  } catch {
    // as if it had returned no text
  }
  return '(not shown: `redact` threw, or returned no string)';
}
