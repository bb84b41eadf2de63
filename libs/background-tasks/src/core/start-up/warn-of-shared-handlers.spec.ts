import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { Application } from '../calls/application.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { warnOfSharedHandlers } from './warn-of-shared-handlers.js';

let logger: RecordingLogger;
let application: Application;
let other: Application;

beforeEach(() => {
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  [application, other] = [new Application(), new Application()];
});

/** What is said of a class that both applications have. */
function warningsOf(): unknown[] {
  class Resolver {}
  class Another {}
  serveHandlers(Resolver, other);
  serveHandlers(Resolver, application);
  serveHandlers(Another, application);
  warnOfSharedHandlers([Resolver, Another], application);
  return logger.ofTasks('warn').map(({ message }) => message);
}

describe('handlers whose application nothing tells', () => {
  it('are warned of by name where another application has them, too', () => {
    expect(warningsOf()).toEqual([
      'Cannot tell which application calls `Resolver`: another one of this process has it, too, and this version of Nest ' +
        'does not tell them apart where it is provided under another token than its class. The tasks of what comes ' +
        'without an HTTP request, as through a WebSocket, go to this application. Provide it as `Resolver`, or close the ' +
        'other one first.',
    ]);
  });

  it('keep no application from starting where the logger cannot warn', () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    Logger.overrideLogger({
      log: () => undefined,
      error: () => undefined,
      warn: () => {
        throw new Error('boom');
      },
    });
    expect(warningsOf).not.toThrow();
    expect(emitWarning).toHaveBeenCalledTimes(1);
    emitWarning.mockRestore();
  });

  it('are not warned of where that one was closed', () => {
    other.close();
    expect(warningsOf()).toEqual([]);
  });
});
