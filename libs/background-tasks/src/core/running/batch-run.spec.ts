import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { inWords, recordedReports } from '../../../../../test/harness/recorded-reports.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { clock } from '../batch/clock.js';
import type { Settlement } from '../batch/outcome.js';
import type { BackgroundTasksModuleOptions } from '../options/background-tasks.options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { BackgroundTask } from '../tasks/background-task.js';
import type { RunOn } from '../tasks/task-options.js';
import { BatchRun } from './batch-run.js';

const boom = new Error('boom');

describe('one batch while it runs', () => {
  let timeline: Timeline;
  let batch: FakeBatch;
  let recorded: ReturnType<typeof recordedReports>;

  beforeEach(() => {
    timeline = new Timeline();
    recorded = recordedReports();
    // a machine that is busy with something else ends nobody's turn
    jest.spyOn(clock, 'now').mockReturnValue(0);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  function start(options: BackgroundTasksModuleOptions = {}): BatchRun {
    const settings = { options: resolveOptions(options), interceptors: [], reports: recorded.reports };
    const run = new BatchRun(batch.real, settings, { ended: () => timeline.mark('ended') });
    run.run();
    return run;
  }

  function settled(settlement: Partial<Settlement>, ...tasks: BackgroundTask[]): void {
    batch = new FakeBatch(settlement).add(...tasks);
  }

  const given = (...tasks: BackgroundTask[]): void => settled({}, ...tasks);

  function named(name: string, fn: () => unknown = () => undefined, runOn?: RunOn): BackgroundTask {
    const task = (): unknown => {
      timeline.mark(name);
      return fn();
    };
    return new BackgroundTask(task).with({ name, runOn });
  }

  const fails = (): never => {
    throw boom;
  };
  const failsLater = (): Promise<never> => Promise.reject(boom);
  const told = (): string[] => recorded.told.map(inWords);
  const logged = (level: string): unknown[] => recorded.logger.ofTasks(level).map(({ message }) => message);

  it('runs tasks that end at once without a pause, in order', () => {
    given(named('a'), named('b'));
    start();
    expect(timeline.events).toEqual(['a', 'b', 'ended']);
    expect(told()).toEqual(['started a', 'succeeded a', 'started b', 'succeeded b']);
  });

  it('ends at once when there is nothing to run', () => {
    given();
    start();
    expect(timeline.events).toEqual(['ended']);
  });

  it('runs one task at a time, and knows which', async () => {
    const work = deferred();
    const [a, b] = [named('a', () => work.promise), named('b')];
    given(a, b);
    const run = start();
    expect(run.current?.entry.task).toBe(a);
    expect(timeline.events).toEqual(['a']);
    work.resolve();
    await timeline.until('ended');
    expect(timeline.events).toEqual(['a', 'b', 'ended']);
    expect(run.current).toBeUndefined();
    expect(told()).toEqual(['started a', 'succeeded a', 'started b', 'succeeded b']);
  });

  it('runs a task that was added while it ran', async () => {
    given(named('a', () => Promise.resolve().then(() => void batch.add(named('b')))));
    start();
    await timeline.until('ended');
    expect(timeline.events).toEqual(['a', 'b', 'ended']);
  });

  describe.each([
    ['at once', fails],
    ['later', failsLater],
  ])('when a task fails %s', (_, fail) => {
    it('skips those after it, and logs both in one line', async () => {
      given(named('a'), named('b', fail), named('c'), named('d'));
      const run = start();
      await timeline.until('ended');
      expect(timeline.events).toEqual(['a', 'b', 'ended']);
      expect(told().slice(2)).toEqual(['started b', 'failed b', 'skipped c by failure', 'skipped d by failure']);
      expect(logged('error')).toEqual(['Background task "b" failed: Error: boom. Skipped after it: "c", "d".']);
      expect(batch.stoppedBy?.name).toBe('b');
      expect(run.current).toBeUndefined();
    });

    it('tells those apart that are for the other outcome', async () => {
      given(named('a', fail), named('b', undefined, 'failure'), named('c'));
      start();
      await timeline.until('ended');
      expect(told().slice(2)).toEqual(['skipped b by outcome', 'skipped c by failure']);
      expect(logged('error')).toEqual(['Background task "a" failed: Error: boom. Skipped after it: "c".']);
      expect(logged('debug')).toEqual(['Background task "b" was skipped: the response ended in success.']);
    });

    it('runs those after it where it is to continue', async () => {
      given(named('a', fail), named('b'));
      start({ onFailure: 'continue' });
      await timeline.until('ended');
      expect(timeline.events).toEqual(['a', 'b', 'ended']);
      expect(told()).toEqual(['started a', 'failed a', 'started b', 'succeeded b']);
      expect(logged('error')).toEqual(['Background task "a" failed: Error: boom.']);
      expect(batch.stoppedBy).toBeUndefined();
    });
  });

  it('skips what is added after a failure, and warns of it', async () => {
    given(named('a'), named('b', undefined, 'failure'));
    batch.stoppedBy = named('before');
    start();
    await timeline.until('ended');
    expect(timeline.events).toEqual(['ended']);
    expect(told()).toEqual(['skipped a by failure', 'skipped b by outcome']);
    expect(logged('warn')).toEqual(['Background task "a" was skipped: "before" had failed before its turn came.']);
  });

  it.each<[Settlement['outcome'], string[]]>([
    ['success', ['for success', 'always', 'by default', 'ended']],
    ['failure', ['for failure', 'always', 'ended']],
  ])('runs what is for the outcome %s', (outcome, events) => {
    settled(
      { outcome },
      named('for success', undefined, 'success'),
      named('for failure', undefined, 'failure'),
      named('always', undefined, 'always'),
      named('by default'),
    );
    start();
    expect(timeline.events).toEqual(events);
  });

  it('takes what is for which outcome from the tasks they were added through, and the default after that', () => {
    settled({ outcome: 'failure' }, named('a'), named('b', undefined, 'success'));
    start({ defaults: { runOn: 'always' } });
    expect(timeline.events).toEqual(['a', 'ended']);
    batch.group.setOptions({ runOn: 'failure' });
    batch.add(named('c'));
    start({ defaults: { runOn: 'success' } });
    expect(timeline.events).toEqual(['a', 'ended', 'c', 'ended']);
  });
});
