import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import type { SettledEntry } from '../batch/batch.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { TaskLog } from './task-log.js';

const boom = new RangeError('boom');

function send(): void {}
function audit(): void {}

describe('the log', () => {
  let logger: RecordingLogger;
  let log: TaskLog;
  let entry: SettledEntry;

  beforeEach(() => {
    logger = new RecordingLogger();
    Logger.overrideLogger(logger);
    log = new TaskLog();
    entry = new FakeBatch({ outcome: 'failure' }).entryOf(new BackgroundTask(send));
  });

  /** The lines of a level, each with what came with its message. */
  const linesOf = (level: string): unknown[] =>
    logger.ofTasks(level).map(({ message, details }) => [message, ...details]);

  it('shows a failure with its error, and the stack as a text', () => {
    log.failed(entry, 1, boom, []);
    expect(linesOf('error')).toEqual([['Background task "send" failed: RangeError: boom.', boom.stack]]);
  });

  it('says after how many attempts a task failed, and what was skipped because of it', () => {
    log.failed(entry, 3, boom, [new BackgroundTask(audit), new BackgroundTask(send)]);
    expect(linesOf('error')).toEqual([
      [
        'Background task "send" failed after 3 attempts: RangeError: boom. Skipped after it: "audit", "send".',
        boom.stack,
      ],
    ]);
  });

  it('describes what was thrown when it is no error', () => {
    log.failed(entry, 1, 'boom', []);
    expect(linesOf('error')).toEqual([[`Background task "send" failed with \`'boom'\` (string).`, undefined]]);
  });

  it('warns of a failure that is tried again', () => {
    log.retrying(entry, 2, boom);
    log.retrying(entry, 3, 7);
    expect(linesOf('warn')).toEqual([
      ['Background task "send" failed and is tried again, attempt 2: RangeError: boom'],
      ['Background task "send" failed and is tried again, attempt 3: `7` (number)'],
    ]);
  });

  it('warns of a task that came after a failure', () => {
    log.skippedAfterFailure(entry, new BackgroundTask(audit));
    expect(linesOf('warn')).toEqual([['Background task "send" was skipped: "audit" had failed before its turn came.']]);
  });

  it('mentions a task for the other outcome, for those who look closely', () => {
    log.skippedByOutcome(entry);
    expect(linesOf('debug')).toEqual([['Background task "send" was skipped: the response ended in failure.']]);
  });

  it('shows a task that came after the shutdown as an error', () => {
    log.skippedByShutdown(entry);
    expect(linesOf('error')).toEqual([
      ['Background task "send" was skipped: the application has shut down, and waits no longer.'],
    ]);
  });

  it('warns of a task that blocked the event loop, and says what to do', () => {
    log.blocked(entry, 120.6);
    expect(linesOf('warn')).toEqual([
      [
        'Background task "send" blocked the event loop for 121 ms: no request was served meanwhile. ' +
          'Split its work, or move it to a worker thread.',
      ],
    ]);
  });

  it.each<[string[], number, string]>([
    [['send'], 0, '1 background task ("send")'],
    [[], 2, '2 handlers at work'],
    [
      ['a', 'b', 'c', 'd', 'e', 'f'],
      1,
      '6 background tasks ("a", "b", "c", "d", "e" and 1 more) and 1 handler at work',
    ],
  ])('says what the shutdown waits for: %j and %d handlers', (names, handlers, what) => {
    log.waits(names, handlers);
    const messages = logger.ofTasks('log').map(({ message }) => message);
    expect(messages).toEqual([`The application shuts down, and waits for ${what}.`]);
  });

  it('shows what was lost behind what closed the application', () => {
    log.lostBehindCaller(['audit', 'send']);
    const messages = logger.ofTasks('error').map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/are lost: what closed .* Never started: "audit", "send"\.$/)]);
  });

  it.each<[string[], string[], string]>([
    [['send'], [], ' Still running: "send".'],
    [[], ['audit', 'send'], ' Never started: "audit", "send".'],
    [['send'], ['audit'], ' Still running: "send". Never started: "audit".'],
  ])('shows what was lost at shutdown: running %j, pending %j', (running, pending, names) => {
    log.lost(running, pending, 50);
    const message = `Background tasks were not done within the shutdownTimeout of 50 ms, and are lost.${names}`;
    // Nest gives the logger the stack that belongs to the line: none
    expect(logger.ofTasks('error').map(({ message }) => message)).toEqual([message]);
  });

  it('warns of a task that was refused', () => {
    log.refused('send', 'there are too many.');
    expect(linesOf('warn')).toEqual([['Background task "send" was refused: there are too many.']]);
  });

  it('shows what went wrong in the library itself', () => {
    log.wentWrong(boom);
    expect(linesOf('error')).toEqual([
      ['Something went wrong around background tasks, which go on: RangeError: boom.', boom.stack],
    ]);
  });

  it('says no more than it can of a task whose name cannot be read', () => {
    const task = Object.defineProperty(new BackgroundTask(send), 'name', {
      get: () => {
        throw boom;
      },
    });
    log.blocked({ ...entry, task }, 7);
    expect(linesOf('warn')).toEqual([[expect.stringMatching('^Background task "anonymous" blocked')]]);
  });

  it('is written in the async context of whoever added the task', () => {
    const requests = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    jest.spyOn(logger, 'warn').mockImplementation(() => void seen.push(requests.getStore()));
    const context = requests.run('request 7', () => new AsyncResource('test'));
    log.retrying({ ...entry, context }, 2, boom);
    expect(seen).toEqual(['request 7']);
  });
});
