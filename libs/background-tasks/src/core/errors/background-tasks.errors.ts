import { inspect } from 'node:util';
import { ServiceUnavailableException } from '@nestjs/common';

/**
 * Thrown by `addTask` where there is no HTTP response to wait for.
 *
 * A cron job, a queue consumer, an application context, and whatever a durable provider tree calls
 * its request have none: a task added there would never run, so it is refused.
 */
export class NoActiveRequestError extends Error {
  override readonly name = 'NoActiveRequestError';

  /** @internal */
  constructor(taskName: string, why: string) {
    super(
      `Cannot add the background task \`${taskName}\`: ${why}. ` +
        'Outside a request nobody waits for a response: call the function itself, or add within ' +
        '`BackgroundTasksRunner.scope()`. ' +
        'Within one, take `tasks: BackgroundTasks` as a parameter of the handler and pass it on.',
    );
  }
}

/**
 * Thrown by `addTask` when `maxPending` tasks already wait or run.
 *
 * It is a `ServiceUnavailableException`: unhandled, it answers 503, and the client can come again.
 */
export class TooManyBackgroundTasksError extends ServiceUnavailableException {
  override readonly name = 'TooManyBackgroundTasksError';

  /** @internal */
  constructor(taskName: string, maxPending: number) {
    super(
      `Cannot add the background task \`${taskName}\`: ${maxPending} already wait or run, which is \`maxPending\`. ` +
        'Answer fewer requests, make the tasks faster, or raise the limit.',
    );
  }
}

/** Thrown at start-up when two imports of `BackgroundTasksModule` bring different options. */
export class ConflictingOptionsError extends Error {
  override readonly name = 'ConflictingOptionsError';

  constructor() {
    super(
      'Cannot configure background tasks: BackgroundTasksModule was imported with two different sets of options. ' +
        'Call forRoot() or forRootAsync() with options once, in the root module, and import the bare ' +
        'BackgroundTasksModule elsewhere.',
    );
  }
}

/** Thrown at start-up when imports of `BackgroundTasksModule` disagree about the scope. */
export class ConflictingScopesError extends Error {
  override readonly name = 'ConflictingScopesError';

  constructor() {
    super(
      'Cannot provide background tasks: BackgroundTasksModule was imported with `scope: Scope.DEFAULT` and also ' +
        'without it. It serves every module: import it once, in the root module.',
    );
  }
}

/** The one grammar of a wrong value: what was expected, and what came. */
export function wrongValue(what: string, expected: string, value: unknown): TypeError {
  return new TypeError(`Expected \`${what}\` to be ${expected}, got ${described(value)}.`);
}

/** A value and its type, short enough for one line of a message. */
export function described(value: unknown): string {
  const type = value === null ? 'null' : typeof value;
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 3 });
  return `\`${text}\` (${type})`;
}

/** Whether a logger can show `value` by itself: by shape, as errors of another realm are no `Error` of this one. */
export function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

/** Names for a message, quoted and in order. */
export function quoted(names: Iterable<string>): string {
  return [...names].map((name) => `"${name}"`).join(', ');
}
