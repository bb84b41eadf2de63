import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { recordedReports } from '../../../../../test/harness/recorded-reports.js';
import { RecordingLogger } from '../../../../../test/harness/recording-logger.js';
import type { BatchEntry } from '../batch/batch.js';
import { SCOPE } from '../batch/source.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { BackgroundTasksEvents, type FailedAttempt, failedAttemptsOf } from './background-tasks.events.js';
import { TaskReports } from './task-reports.js';

const COUNTS = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, refused: 0 };
const NONE = { ...COUNTS, stored: 0, draining: false };
const boom = new Error('boom');

function send(): void {}

describe('reports of tasks', () => {
  let batch: FakeBatch;
  let entry: BatchEntry;
  let recorded: ReturnType<typeof recordedReports>;
  let reports: TaskReports;

  beforeEach(() => {
    batch = new FakeBatch();
    entry = batch.entryOf(new BackgroundTask(send));
    recorded = recordedReports();
    reports = recorded.reports;
  });

  /** What every event of the task of this test has. */
  const ofTask = { batchId: 'batch', name: 'send', index: 0 };

  it('begin with nothing', () => {
    expect(reports.counts).toEqual(NONE);
    expect(recorded.told).toEqual([]);
  });

  it('tell of a task that was added, a microtask later', async () => {
    reports.added(entry);
    expect(reports.counts).toEqual({ ...NONE, pending: 1 });
    await Promise.resolve();
    expect(recorded.told).toEqual([{ type: 'added', ...ofTask, source: SCOPE }]);
  });

  it('tell of a task that starts and succeeds', () => {
    reports.added(entry);
    reports.started(entry);
    expect(reports.counts).toEqual({ ...NONE, running: 1 });
    reports.succeeded(entry, 2);
    expect(reports.counts).toEqual({ ...NONE, succeeded: 1 });
    expect(recorded.told.slice(1)).toEqual([
      { type: 'started', ...ofTask },
      { type: 'succeeded', ...ofTask, attempt: 2 },
    ]);
  });

  it('tell of a task that is tried again and fails', () => {
    reports.added(entry);
    reports.started(entry);
    reports.retrying(entry, 2, boom, 7);
    expect(reports.counts).toEqual({ ...NONE, running: 1 });
    reports.failed(entry, 2, boom);
    expect(reports.counts).toEqual({ ...NONE, failed: 1 });
    expect(recorded.told.slice(2)).toEqual([
      { type: 'retrying', ...ofTask, attempt: 2, error: boom, failedAt: 7 },
      { type: 'failed', ...ofTask, attempt: 2, error: boom },
    ]);
    expect(recorded.logger.lines.map(({ level }) => level)).toEqual(['warn']);
  });

  it('tell of an attempt that has failed when it does, to whoever asks for that, and when it was', () => {
    const failed: FailedAttempt[] = [];
    failedAttemptsOf(recorded.events).subscribe((each) => failed.push(each));
    expect(reports.attemptFailed(entry, 1, boom)).toBe(2);
    expect(failed).toEqual([{ ...ofTask, attempt: 1, error: boom, timestamp: 2 }]);
    expect(recorded.told).toEqual([]);
  });

  it('say when an attempt has failed that is made again elsewhere, and then that it runs no more', () => {
    const order: unknown[] = [];
    recorded.events.events$.subscribe(({ type }) => order.push(type));
    failedAttemptsOf(recorded.events).subscribe(({ attempt }) => order.push(attempt));
    reports.retriedLater(entry, 1, boom);
    expect(order).toEqual(['retrying', 1]);
    expect(recorded.told).toEqual([{ type: 'retrying', ...ofTask, attempt: 2, error: boom, failedAt: 2 }]);
  });

  it('tell of a task that is skipped, and why', () => {
    reports.added(entry);
    reports.skipped(entry, 'outcome');
    expect(reports.counts).toEqual({ ...NONE, skipped: 1 });
    expect(recorded.told.slice(1)).toEqual([{ type: 'skipped', ...ofTask, reason: 'outcome' }]);
  });

  it("tell a task's place in its batch", async () => {
    reports.added(batch.entryOf(new BackgroundTask(send)));
    await Promise.resolve();
    expect(recorded.told).toEqual([{ type: 'added', ...ofTask, index: 1, source: SCOPE }]);
  });

  it('tell of a batch that has settled, and of one that has finished', () => {
    reports.settled(batch.real, { outcome: 'failure', status: 200, aborted: true });
    reports.finished(batch.real);
    expect(recorded.told).toEqual([
      {
        type: 'settled',
        batchId: 'batch',
        outcome: 'failure',
        status: 200,
        aborted: true,
        source: SCOPE,
        ...batch.moments,
      },
      { type: 'finished', batchId: 'batch' },
    ]);
  });

  it('tell what the drain has lost', () => {
    reports.drained(['send']);
    expect(recorded.told).toEqual([{ type: 'drained', lost: ['send'] }]);
  });

  it('tell of a task that was refused, which is none that waits', () => {
    reports.added(entry);
    reports.refused(batch.real, { name: 'audit', count: 2, maxPending: 2 });
    expect(reports.counts).toEqual({ ...NONE, pending: 1, refused: 2 });
    expect(recorded.told.slice(1)).toEqual([
      { type: 'refused', batchId: 'batch', name: 'audit', count: 2, unfinished: 1, maxPending: 2 },
    ]);
  });

  it('say whether the application drains', () => {
    reports.draining = true;
    expect(reports.counts).toEqual({ ...NONE, draining: true });
  });

  it('say how many tasks wait or run', () => {
    reports.added(entry);
    reports.started(entry);
    reports.added(entry);
    expect(reports.unfinished).toBe(2);
    reports.succeeded(entry, 1);
    reports.skipped(entry, 'failure');
    expect(reports.unfinished).toBe(0);
  });

  it('hand out counts that do not change any more', () => {
    const { counts } = reports;
    reports.added(entry);
    expect(counts).toEqual(NONE);
  });
});

describe('reports that nobody listens to', () => {
  it('count and log as ever, and make no event', () => {
    Logger.overrideLogger(new RecordingLogger());
    const events = new BackgroundTasksEvents();
    const reports = new TaskReports(events);
    const batch = new FakeBatch();
    const entry = batch.entryOf(new BackgroundTask(send));
    const { time } = batch;
    for (let times = 0; times < 3; times++) reports.added(entry);
    reports.settled(batch.real, { outcome: 'success', status: 200, aborted: false });
    reports.started(entry);
    expect(reports.attemptFailed(entry, 1, boom)).toBeUndefined();
    reports.retrying(entry, 2, boom);
    reports.retriedLater(entry, 1, boom);
    reports.started(entry);
    reports.succeeded(entry, 2);
    reports.started(entry);
    reports.failed(entry, 1, boom);
    reports.skipped(entry, 'failure');
    reports.finished(batch.real);
    reports.drained([]);
    expect(reports.counts).toEqual({ ...NONE, succeeded: 1, failed: 1, skipped: 1 });
    reports.refused(batch.real, { name: 'send', count: 1, maxPending: 0 });
    // an event has the time
    expect(batch.time).toBe(time);
  });
});
