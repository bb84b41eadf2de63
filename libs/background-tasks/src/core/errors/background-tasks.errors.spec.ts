import { describe, expect, it, jest } from '@jest/globals';
import { ServiceUnavailableException } from '@nestjs/common';
import {
  ConflictingOptionsError,
  ConflictingScopesError,
  NoActiveRequestError,
  TooManyBackgroundTasksError,
} from './background-tasks.errors.js';
import { TWO_COPIES } from './other-copies.js';

describe('the errors', () => {
  it('say what cannot be done outside a request, why, and what to do', () => {
    const error = new NoActiveRequestError('send', 'there is no request');
    expect(error.name).toBe('NoActiveRequestError');
    expect(error.message).toBe(
      'Cannot add the background task `send`: there is no request. ' +
        'Outside a request nobody waits for a response: call the function itself, or add within `BackgroundTasksRunner.scope()`. ' +
        'Within one, take `tasks: BackgroundTasks` as a parameter of the handler and pass it on.',
    );
  });

  it('answer 503 when there are too many tasks', () => {
    const error = new TooManyBackgroundTasksError('send', 7);
    expect(error).toBeInstanceOf(ServiceUnavailableException);
    expect(error.getStatus()).toBe(503);
    expect(error.name).toBe('TooManyBackgroundTasksError');
    expect(error.message).toBe(
      'Cannot add the background task `send`: 7 already wait or run, which is `maxPending`. ' +
        'Answer fewer requests, make the tasks faster, or raise the limit.',
    );
  });

  it('say where to put the options when there are two sets of them', () => {
    const error = new ConflictingOptionsError();
    expect(error.name).toBe('ConflictingOptionsError');
    expect(error.message).toBe(
      'Cannot configure background tasks: BackgroundTasksModule was imported with two different sets of options. ' +
        'Call forRoot() or forRootAsync() with options once, in the root module, and import the bare ' +
        'BackgroundTasksModule elsewhere.',
    );
  });

  it('say where to import the module when there are two scopes', () => {
    const error = new ConflictingScopesError();
    expect(error.name).toBe('ConflictingScopesError');
    expect(error.message).toBe(
      'Cannot provide background tasks: BackgroundTasksModule was imported with `scope: Scope.DEFAULT` and also ' +
        'without it. It serves every module: import it once, in the root module.',
    );
  });

  it('say that there are two copies of the library, where that may be why', async () => {
    jest.resetModules();
    await import('./other-copies.js');
    expect(new NoActiveRequestError('send', 'there is no request').message).toContain(
      ` as a parameter of the handler and pass it on. ${TWO_COPIES}`,
    );
  });
});
