import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { HarmlessLogger } from './harmless-logger.js';

const boom = new RangeError('boom');
const LINE = 'Background task "send" was skipped.';

function explode(): never {
  throw boom;
}

async function reject(): Promise<never> {
  throw boom;
}

describe("the logger of the library's lines", () => {
  let emitWarning: jest.SpiedFunction<typeof process.emitWarning>;

  beforeEach(() => {
    emitWarning = jest.spyOn(process, 'emitWarning').mockReturnValue();
  });

  afterEach(() => {
    emitWarning.mockRestore();
  });

  /** Writes a line of each level, and what Node warned of by then. */
  async function warningsOf(logger: Partial<LoggerService> | false): Promise<unknown[]> {
    Logger.overrideLogger(logger as LoggerService);
    const harmless = new HarmlessLogger();
    harmless.log(LINE);
    harmless.error(LINE);
    harmless.warn(LINE);
    harmless.debug(LINE);
    await new Promise((resolve) => setImmediate(resolve));
    return emitWarning.mock.calls.map(([warning]) => warning);
  }

  it('hands each line on, with its context', async () => {
    const logger = new RecordingLogger();
    expect(await warningsOf(logger)).toEqual([]);
    expect(logger.lines.map(({ level, message, context }) => [level, message, context])).toEqual(
      ['log', 'error', 'warn', 'debug'].map((level) => [level, LINE, 'BackgroundTasks']),
    );
  });

  it.each<[string, () => unknown]>([
    ['throws', explode],
    ['rejects', reject],
  ])('harms nobody where that of the application %s, and Node warns', async (_, method) => {
    const warnings = await warningsOf({ log: method, error: method, warn: method, debug: method });
    const warning = 'The logger threw on a line about "send": RangeError: boom';
    expect(warnings).toEqual([warning, warning, warning, warning]);
    expect(emitWarning.mock.calls[0]?.[1]).toEqual({ type: 'BackgroundTasksWarning' });
  });

  it('warns where a method is missing that a logger needs, and of no other', async () => {
    const missing = (level: string): string =>
      `The logger threw on a line about "send": TypeError: The logger has no method \`${level}\`.`;
    expect(await warningsOf({})).toEqual(['log', 'error', 'warn'].map(missing));
  });

  it('is silent where logging is switched off', async () => {
    expect(await warningsOf(false)).toEqual([]);
  });

  it('quotes a line that names nothing', () => {
    Logger.overrideLogger({ log: explode, error: explode, warn: explode });
    new HarmlessLogger().error('All is lost.');
    expect(emitWarning.mock.calls[0]?.[0]).toBe('The logger threw on a line about "All is lost.": RangeError: boom');
  });

  it('survives a Node that cannot be told', () => {
    emitWarning.mockImplementation(explode);
    Logger.overrideLogger({ log: explode, error: explode, warn: explode });
    expect(() => new HarmlessLogger().error(LINE)).not.toThrow();
  });

  it('harms nobody when lines were buffered', () => {
    Logger.overrideLogger({ log: explode, error: explode, warn: explode });
    Logger.attachBuffer();
    new HarmlessLogger().error(LINE);
    expect(emitWarning).not.toHaveBeenCalled();
    Logger.flush();
    expect(emitWarning).toHaveBeenCalledTimes(1);
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['an error, with its stack', boom, 'It failed: RangeError: boom. So what?', boom.stack],
    [
      'an error that ends its own sentence',
      new Error('Why?'),
      'It failed: Error: Why? So what?',
      expect.anything() as never,
    ],
    ['no error', 'boom', "It failed: `'boom'` (string). So what?", undefined],
  ])('shows a failure in one line and one text: %s', (_, thrown, line, stack) => {
    const logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    new HarmlessLogger().failure('It failed: ', thrown, ' So what?');
    expect(logger.lines).toEqual([{ level: 'error', message: line, details: [stack], context: 'BackgroundTasks' }]);
  });
});
