import { setImmediate } from 'node:timers';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { recordedReports } from '../../../../../test/harness/recorded-reports.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { clock } from '../batch/clock.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BatchRun } from './batch-run.js';

describe('a batch with much to do', () => {
  let timeline: Timeline;
  let batch: FakeBatch;
  let now: number;

  beforeEach(() => {
    timeline = new Timeline();
    batch = new FakeBatch();
    now = 1000;
    jest.spyOn(clock, 'now').mockImplementation(() => now);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Adds a task that works for so long before it returns. */
  function add(name: string, milliseconds: number, end: () => unknown): void {
    const work = (): unknown => {
      timeline.mark(name);
      now += milliseconds;
      return end();
    };
    batch.add(new BackgroundTask(work));
  }

  async function run(): Promise<string[]> {
    setImmediate(() => timeline.mark('other work'));
    const settings = { options: DEFAULT_OPTIONS, interceptors: [], reports: recordedReports().reports };
    new BatchRun(batch.real, settings, { ended: () => timeline.mark('ended') }).run();
    await timeline.until('ended');
    await timeline.until('other work');
    return timeline.events;
  }

  describe.each<[string, () => unknown]>([
    ['end at once', () => undefined],
    ['take their time', () => Promise.resolve()],
  ])('of tasks that %s', (_, end) => {
    it('is not interrupted within a turn', async () => {
      add('a', 5, end);
      add('b', 4, end);
      add('c', 0, end);
      expect(await run()).toEqual(['a', 'b', 'c', 'ended', 'other work']);
    });

    it('lets other work in after 10 ms', async () => {
      add('a', 5, end);
      add('b', 5, end);
      add('c', 0, end);
      expect(await run()).toEqual(['a', 'b', 'other work', 'c', 'ended']);
    });

    it('has a whole turn again after that', async () => {
      add('a', 10, end);
      add('b', 9, () => {
        setImmediate(() => timeline.mark('more work'));
        return end();
      });
      add('c', 0, end);
      await run();
      await timeline.until('more work');
      expect(timeline.events).toEqual(['a', 'other work', 'b', 'c', 'ended', 'more work']);
    });
  });
});
