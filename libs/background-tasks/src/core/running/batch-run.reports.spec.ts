import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { inWords, recordedReports } from '../../../../../test/harness/recorded-reports.js';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { resolveOptions } from '../options/resolve-options.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BatchRun } from './batch-run.js';

const boom = new Error('boom');

function explode(): never {
  throw boom;
}

/** Methods of the reports that are called while a batch runs. */
type Told = 'started' | 'succeeded' | 'failed' | 'skipped';

describe('a batch whose tasks cannot be told of', () => {
  let timeline: Timeline;
  let recorded: ReturnType<typeof recordedReports>;

  beforeEach(() => {
    timeline = new Timeline();
    recorded = recordedReports();
  });

  async function run(batch: FakeBatch): Promise<void> {
    const settings = { options: resolveOptions({}), interceptors: [], reports: recorded.reports };
    new BatchRun(batch.real, settings, { ended: () => timeline.mark('ended') }).run();
    await timeline.until('ended');
  }

  function named(name: string, fn: () => unknown = () => undefined): BackgroundTask {
    const task = (): unknown => {
      timeline.mark(name);
      return fn();
    };
    return new BackgroundTask(task).with({ name });
  }

  /** Has one method of the reports throw, which none of them does. */
  const without = (method: Told): void => {
    recorded.reports[method] = explode;
  };

  it.each<[Told, string, () => unknown, string[]]>([
    ['succeeded', 'at once', () => undefined, ['a', 'b', 'ended']],
    ['succeeded', 'later', () => Promise.resolve(), ['a', 'b', 'ended']],
    ['failed', 'at once', explode, ['a', 'ended']],
    ['failed', 'later', () => Promise.reject(boom), ['a', 'ended']],
  ])('goes on to its end, once, and says so: %s, %s', async (method, _, fn, events) => {
    without(method);
    await run(new FakeBatch().add(named('a', fn), named('b')));
    expect(timeline.events).toEqual(events);
    const lines = recorded.logger.ofTasks('error').map(({ message }) => message);
    expect(new Set(lines)).toEqual(
      new Set(['Something went wrong around background tasks, which go on: Error: boom.']),
    );
  });

  it('reports no task as failed because of that', async () => {
    without('succeeded');
    await run(
      new FakeBatch().add(
        named('a', () => Promise.resolve()),
        named('b'),
      ),
    );
    expect(recorded.told.map(inWords)).toEqual(['started a', 'started b']);
  });

  it('goes on behind what only looks like a task, which fails', async () => {
    const none = Object.create(BackgroundTask.prototype) as BackgroundTask;
    await run(new FakeBatch().add(none, named('b')));
    expect(recorded.told.map(inWords)).toEqual(['started anonymous', 'failed anonymous', 'skipped b by failure']);
    expect(recorded.reports.counts).toMatchObject({ running: 0, failed: 1, skipped: 1 });
  });

  it('has nothing to fear from a logger', async () => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockReturnValue();
    Logger.overrideLogger({ log: explode, error: explode, warn: explode, debug: explode });
    await run(new FakeBatch().add(named('a', explode), named('b')));
    expect(recorded.told.map(inWords)).toEqual(['started a', 'failed a', 'skipped b by failure']);
    Logger.overrideLogger(new RecordingLogger());
    expect(emitWarning).toHaveBeenCalledTimes(1);
    emitWarning.mockRestore();
  });
});
