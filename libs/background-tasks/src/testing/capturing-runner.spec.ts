import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../test/harness/fake-batch.js';
import { recordedEvents } from '../../../../test/harness/recorded-reports.js';
import { Timeline } from '../../../../test/harness/timeline.js';
import { Application } from '../core/calls/application.js';
import { DEFAULT_OPTIONS } from '../core/options/background-tasks.options.js';
import { currentTask } from '../core/running/current-task.js';
import { Scheduler } from '../core/running/scheduler.js';
import { BackgroundTask } from '../core/tasks/background-task.js';
import type { TaskInterceptor } from '../core/tasks/task-interceptor.js';
import type { BackgroundTaskOptions } from '../core/tasks/task-options.js';
import { CapturingRunner } from './capturing-runner.js';

const boom = new Error('boom');

describe('the capturing runner', () => {
  let timeline: Timeline;
  let recorded: ReturnType<typeof recordedEvents>;
  let scheduler: Scheduler;
  let runner: CapturingRunner;
  let batch: FakeBatch;

  beforeEach(() => {
    timeline = new Timeline();
    recorded = recordedEvents();
    scheduler = new Scheduler(new Application(), recorded.events);
    runner = new CapturingRunner(scheduler);
    batch = new FakeBatch();
  });

  function capture(task: BackgroundTask, into = batch): void {
    scheduler.application.runner.added(into.entryOf(task));
    into.add(task);
  }

  /** Captures a task that marks its name and then calls `end`. */
  function add(name: string, end: () => unknown = () => undefined, options: BackgroundTaskOptions = {}): void {
    const task = new BackgroundTask(() => {
      timeline.mark(name);
      return end();
    });
    capture(task.with({ name, ...options }));
  }

  const names = (): string[] => runner.captured.map(({ name }) => name);
  const fail = (): Promise<never> => Promise.reject(boom);

  /** Makes a batch that has not settled. */
  function unsettle(): void {
    batch.take = () => undefined;
  }

  it('lists what is added, and runs none of it', async () => {
    function send(to: string, times: number): void {
      timeline.mark(`${times} to ${to}`);
    }
    capture(new BackgroundTask(send, 'ada', 2));
    capture(new BackgroundTask(send, 'bob', 1).with({ runOn: 'failure' }), new FakeBatch());
    scheduler.application.runner.run(batch.real);
    scheduler.application.runner.tellSettled(batch.real, { outcome: 'success', status: 200, aborted: false });
    expect(runner.captured).toEqual([
      { name: 'send', args: ['ada', 2], runOn: 'success' },
      { name: 'send', args: ['bob', 1], runOn: 'failure' },
    ]);
    await runner.idle();
    expect(timeline.events).toEqual([]);
    expect(recorded.told).toEqual([]);
    expect(runner.stats()).toMatchObject({ batches: 0, pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 });
  });

  it('says for which outcome a task is by what it was added with, and by default', () => {
    scheduler.configure({ ...DEFAULT_OPTIONS, defaults: { ...DEFAULT_OPTIONS.defaults, runOn: 'always' } });
    add('a');
    expect(runner.captured[0]?.runOn).toBe('always');
    batch.group.setOptions({ runOn: 'failure' });
    expect(runner.captured[0]?.runOn).toBe('failure');
  });

  it('does not count what it captures', () => {
    scheduler.configure({ ...DEFAULT_OPTIONS, maxPending: 1 });
    add('a');
    add('b');
    expect(names()).toEqual(['a', 'b']);
  });

  it('runs all of them now, in order, those that they add included', async () => {
    add('a', () => Promise.resolve().then(() => add('c')));
    add('b', undefined, { runOn: 'failure' });
    await runner.runAll();
    expect(timeline.events).toEqual(['a', 'b', 'c']);
    expect(names()).toEqual([]);
    expect(batch.size).toBe(0);
    await runner.runAll();
    expect(timeline.events).toHaveLength(3);
  });

  it('rejects with the first error, and keeps the rest', async () => {
    add('a', fail);
    add('b');
    await expect(runner.runAll()).rejects.toBe(boom);
    expect(names()).toEqual(['b']);
    await runner.runAll();
    expect(timeline.events).toEqual(['a', 'b']);
  });

  it('rejects with the first error after all have run, where tasks go on after a failure', async () => {
    scheduler.configure({ ...DEFAULT_OPTIONS, onFailure: 'continue' });
    add('a', fail);
    add('b', () => Promise.reject(new Error('second')));
    add('c');
    await expect(runner.runAll()).rejects.toBe(boom);
    expect(timeline.events).toEqual(['a', 'b', 'c']);
  });

  it('tries each once, whatever its retries', async () => {
    add('a', fail, { retries: 2 });
    await expect(runner.runAll()).rejects.toBe(boom);
    expect(timeline.events).toEqual(['a']);
  });

  it('wraps them in the interceptors', async () => {
    const intercept: TaskInterceptor['intercept'] = (task, next) =>
      next().then(() => timeline.mark(`after ${task.name}`));
    scheduler.wrapIn(() => Promise.resolve([{ intercept }]));
    await scheduler.makeInterceptors();
    add('a');
    await runner.runAll();
    expect(timeline.events).toEqual(['a', 'after a']);
  });

  it('tells each the outcome of its response', async () => {
    batch = new FakeBatch({ outcome: 'failure', aborted: true });
    let seen: unknown;
    add('a', () => (seen = currentTask()));
    await runner.runAll();
    expect(seen).toMatchObject({ outcome: 'failure', aborted: true });
  });

  it.each([
    ['success', 'success'],
    ['failure', 'failure'],
    ['always', 'success'],
  ] as const)('tells one for %s the outcome %s while there is none yet', async (runOn, outcome) => {
    unsettle();
    let seen: unknown;
    add('a', () => (seen = currentTask()), { runOn });
    await runner.runAll();
    expect(seen).toMatchObject({ outcome, aborted: false });
    expect(batch.size).toBe(0);
  });

  it('forgets them', async () => {
    add('a');
    add('b');
    runner.clear();
    expect(names()).toEqual([]);
    expect(batch.size).toBe(0);
    await runner.runAll();
    expect(timeline.events).toEqual([]);
  });
});
