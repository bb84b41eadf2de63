import { setImmediate } from 'node:timers';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { filter, take } from 'rxjs';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { Timeline } from '../../../../../test/harness/timeline.js';
import { clock } from '../batch/clock.js';
import { resolveOptions } from '../options/resolve-options.js';
import { BackgroundTasksEvents, type BackgroundTasksEvent } from '../reports/background-tasks.events.js';
import { TaskReports } from '../reports/task-reports.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BatchRun } from './batch-run.js';

let now: number;
let batch: FakeBatch;
let timeline: Timeline;
let events: BackgroundTasksEvents;
let reports: TaskReports;
let blamed: string[];

beforeEach(() => {
  now = 1000;
  jest.spyOn(clock, 'now').mockImplementation(() => now);
  [batch, timeline, events, blamed] = [new FakeBatch(), new Timeline(), new BackgroundTasksEvents(), []];
  reports = new TaskReports(events);
  jest.spyOn(reports.log, 'blocked').mockImplementation(({ task }) => void blamed.push(task.name));
});

afterEach(() => {
  jest.restoreAllMocks();
});

const named = (name: string, milliseconds = 0): BackgroundTask =>
  new BackgroundTask(() => {
    timeline.mark(name);
    now += milliseconds;
  }).with({ name });

async function run(slowSyncWarning: number, ...tasks: BackgroundTask[]): Promise<void> {
  for (const task of tasks) batch.add(task);
  const settings = { options: resolveOptions({ slowSyncWarning }), interceptors: [], reports };
  new BatchRun(batch.real, settings, { ended: () => timeline.mark('ended') }).run();
  await timeline.until('ended');
}

/** Takes its time when it is told that, and listens no longer. */
function takeTimeOnce(type: BackgroundTasksEvent['type'], milliseconds: number): void {
  const told = events.events$.pipe(
    filter((event) => event.type === type),
    take(1),
  );
  told.subscribe(() => {
    now += milliseconds;
  });
}

describe('the time of others is none of a task', () => {
  it.each(['started', 'succeeded'] as const)('that of a subscriber who is told that one has %s, once', async (type) => {
    takeTimeOnce(type, 9);
    await run(5, named('a'), named('b'));
    expect(blamed).toEqual([]);
  });

  it('that of a logger that is told of a slow one before', async () => {
    jest.spyOn(reports.log, 'blocked').mockImplementation(({ task }) => {
      blamed.push(task.name);
      now += 6;
    });
    await run(2, named('slow', 3), named('next'));
    expect(blamed).toEqual(['slow']);
  });

  it('but its own is', async () => {
    takeTimeOnce('started', 9);
    await run(5, named('a'), named('slow', 6), named('b'));
    expect(blamed).toEqual(['slow']);
  });
});

describe('a turn', () => {
  it('ends also while tasks are skipped that came after a failure', async () => {
    jest.spyOn(reports.log, 'skippedAfterFailure').mockImplementation(({ task }) => {
      timeline.mark(`skipped ${task.name}`);
      now += 6;
    });
    batch.stoppedBy = named('failed');
    setImmediate(() => timeline.mark('other work'));
    await run(100, named('a'), named('b'), named('c'));
    expect(timeline.events).toEqual(['skipped a', 'skipped b', 'other work', 'skipped c', 'ended']);
  });
});
