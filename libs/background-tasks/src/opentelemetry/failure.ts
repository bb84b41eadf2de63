import { type Attributes, type Span, SpanStatusCode } from '@opentelemetry/api';
import { isErrorLike } from '../core/errors/error-text.js';
import { lookAt } from '../core/errors/safely.js';
import { bounded } from '../core/errors/wording.js';

const LONGEST_TYPE = 100;
const LONGEST_TEXT = 20_000;

/** What is known of a thrown thing that is an error: each of its fields was looked at once, and was no trap. */
interface KnownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What `error.type` says of whatever was thrown: few values, so no name that is as long as a message. */
export function errorTypeOf(thrown: unknown): string {
  const name = isErrorLike(thrown) ? textIn(thrown, 'name') : '';
  return name === '' || name.length > LONGEST_TYPE ? '_OTHER' : name;
}

/** The same, as attributes; none for what has succeeded. */
export function errorTypes(failure: { readonly thrown: unknown } | undefined): Attributes {
  return failure === undefined ? {} : { 'error.type': errorTypeOf(failure.thrown) };
}

/** Says on `span` what was thrown within it. */
export function writeFailure(span: Span, thrown: unknown, recordsExceptions: boolean): void {
  const error = isErrorLike(thrown) ? known(thrown) : undefined;
  span.setAttributes(errorTypes({ thrown }));
  span.setStatus({ code: SpanStatusCode.ERROR, ...(error !== undefined && { message: error.message }) });
  if (recordsExceptions && error !== undefined) span.recordException(error);
}

/**
 * Whether exceptions are recorded on spans: not where they are to be logs, which is what OpenTelemetry will do. Whoever says
 * both wants both, as with its other variables of this kind.
 */
export function recordsExceptions(said: string | undefined): boolean {
  const values = (said ?? '').split(',').map((each) => each.trim().toLowerCase());
  return values.includes('logs/dup') || !values.includes('logs');
}

function known(error: Error): KnownError {
  return {
    name: bounded(textIn(error, 'name'), LONGEST_TYPE),
    message: bounded(textIn(error, 'message'), LONGEST_TEXT),
    stack: bounded(textIn(error, 'stack'), LONGEST_TEXT),
  };
}

function textIn(error: Error, field: keyof KnownError): string {
  const value = lookAt<unknown>(() => error[field], '');
  return typeof value === 'string' ? value : '';
}
