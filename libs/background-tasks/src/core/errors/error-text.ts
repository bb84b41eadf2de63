import { lookAt } from './safely.js';
import { bounded, described, onOneLine } from './wording.js';

/** How much of an error goes into a log: of a message into its line, of all stacks together, and how many causes. */
const LONGEST_MESSAGE = 1000;
const LONGEST_STACK = 20_000;
const MOST_CAUSES = 5;
const MOST_ERRORS = 3;

/** Whether `value` has the shape of an error: those of another realm are no `Error` of this one. */
export function isErrorLike(value: unknown): value is Error {
  return lookAt(() => typeof value === 'object' && value !== null && 'message' in value && 'stack' in value, false);
}

/**
 * What was thrown, on one line: name, message, and causes; whatever it is, and whatever its getters do.
 *
 * Of each message no more than `longest` characters.
 */
export function summaryOf(thrown: unknown, longest = LONGEST_MESSAGE): string {
  return causesOf(thrown)
    .map((each) => oneLineOf(each, longest))
    .join(', caused by ');
}

/**
 * The stack of what was thrown, with those of its causes; `undefined` where there is none.
 *
 * It is what loggers expect as the second argument of `error`: a text, with the lines of a stack in it, of no more than
 * `longest` characters, and of each message in it `longestMessage`.
 */
export function stackOf(
  thrown: unknown,
  longest = LONGEST_STACK,
  longestMessage = LONGEST_MESSAGE,
): string | undefined {
  const text = causesOf(thrown)
    .map((each) => stackWithErrors(each, longestMessage))
    .join('\nCaused by: ');
  return /\n\s*at /.test(text) ? bounded(text, longest) : undefined;
}

/** What was thrown, its cause, the cause of that, and so on. */
function causesOf(thrown: unknown): unknown[] {
  const causes = [thrown];
  for (let error = thrown; isErrorLike(error) && causes.length <= MOST_CAUSES;) {
    error = fieldOf(error, 'cause');
    if (error === undefined || causes.includes(error)) break;
    causes.push(error);
  }
  return causes;
}

function oneLineOf(thrown: unknown, longest: number): string {
  if (!isErrorLike(thrown)) return described(thrown);
  const errors = errorsIn(thrown).map((each) => headOf(each, longest));
  const head = headOf(thrown, longest);
  return errors.length === 0 ? head : `${head} (${errors.join('; ')})`;
}

/** `RangeError: boom`, as far as it can be read. */
function headOf(thrown: Error, longest: number): string {
  const name = textOf(thrown, 'name') || 'Error';
  const message = textOf(thrown, 'message');
  return onOneLine(message === '' ? name : `${name}: ${message}`, longest);
}

function stackWithErrors(thrown: unknown, longestMessage: number): string {
  if (!isErrorLike(thrown)) return described(thrown);
  return [thrown, ...errorsIn(thrown)].map((each) => ownStackOf(each, longestMessage)).join('\nOne of its errors: ');
}

/** Its stack, which was written down when it was made: its message may have been changed since. */
function ownStackOf(error: Error, longestMessage: number): string {
  const stack = textOf(error, 'stack');
  if (stack === '') return headOf(error, longestMessage);
  const message = textOf(error, 'message');
  // a long one would leave no room for the lines that follow it
  if (stack.includes(message)) return stack.replace(message, () => bounded(message, longestMessage));
  return `${headOf(error, longestMessage)}\n${stack}`;
}

/** The first errors of an `AggregateError`. */
function errorsIn(error: Error): Error[] {
  const errors = fieldOf(error, 'errors');
  return lookAt(() => (Array.isArray(errors) ? errors.slice(0, MOST_ERRORS).filter(isErrorLike) : []), []);
}

function textOf(error: Error, field: string): string {
  const value = fieldOf(error, field);
  return typeof value === 'string' ? value : '';
}

function fieldOf(error: Error, field: string): unknown {
  return lookAt<unknown>(() => Reflect.get(error, field), undefined);
}
