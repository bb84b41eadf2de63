import { ServiceUnavailableException } from '@nestjs/common';
import { hasOtherCopies, TWO_COPIES } from './other-copies.js';
import { shown } from './wording.js';

/**
 * Thrown by `addTask` where there is no HTTP response to wait for.
 *
 * A cron job, a queue consumer, an application context, and whatever a durable provider tree calls
 * its request have none: a task added there would never run, so it is refused.
 */
export class NoActiveRequestError extends Error {
  override readonly name = 'NoActiveRequestError';

  constructor(taskName: string, why: string) {
    super(
      `Cannot add the background task \`${shown(taskName)}\`: ${why}. ` +
        'Outside a request nobody waits for a response: call the function itself, or add within ' +
        '`BackgroundTasksRunner.scope()`. ' +
        'Within one, take `tasks: BackgroundTasks` as a parameter of the handler and pass it on.' +
        (hasOtherCopies() ? ` ${TWO_COPIES}` : ''),
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

  constructor(taskName: string, maxPending: number) {
    super(
      `Cannot add the background task \`${shown(taskName)}\`: ${maxPending} already wait or run, which is \`maxPending\`. ` +
        'Answer fewer requests, make the tasks faster, or raise the limit.',
    );
  }
}

/** What `idle()` rejects with where it would wait for whoever calls it. */
export class WaitsForItselfError extends Error {
  override readonly name = 'WaitsForItselfError';

  constructor(where: string) {
    super(
      `Cannot wait until the background tasks are idle: idle() was called in ${where}, which is among what it waits ` +
        'for, so both would wait for ever. Call it outside, as a test or a script does; here, add a task for what is to ' +
        'be done after the others.',
    );
  }
}

/** What `idle({ timeout })` rejects with when the time is over. */
export class NotIdleError extends Error {
  override readonly name = 'NotIdleError';

  constructor(timeout: number, what: string) {
    super(`Cannot wait for the background tasks any longer: they were not idle within ${timeout} ms. ${what}`);
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
