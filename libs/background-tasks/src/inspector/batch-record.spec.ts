import { beforeEach, describe, expect, it } from '@jest/globals';
import { SCOPE } from '../core/batch/source.js';
import { BatchRecord } from './batch-record.js';

let record: BatchRecord;

beforeEach(() => {
  record = new BatchRecord('batch', 1, 0, (text) => text);
});

const task = (index = 0, name = 'send', timestamp = 1) => ({ batchId: 'batch', name, index, timestamp });
const add = (index = 0, name?: string): void => record.added({ type: 'added', source: SCOPE, ...task(index, name) });
const start = (index = 0): void => record.started({ type: 'started', ...task(index, undefined, 2) });
const attemptFailed = (error: unknown = new Error('boom'), timestamp = 3): void =>
  record.attemptFailed({ index: 0, timestamp, error });
const retry = (attempt = 2, timestamp = 4): void =>
  record.retried({ type: 'retrying', ...task(0, 'send', timestamp), attempt, error: new Error('boom'), failedAt: 3 });
const fail = (index = 0, error: unknown = new Error('boom')): void =>
  record.failed({ type: 'failed', attempt: 1, error, ...task(index, undefined, 5) });
const tasks = () => record.view.tasks;

describe('what is kept of a batch', () => {
  it('is what brought it first', () => {
    record.added({ type: 'added', source: { kind: 'graphql', name: 'Mutation.one', handler: 'R.one' }, ...task() });
    record.added({ type: 'added', source: { kind: 'graphql', name: 'Mutation.two' }, ...task(1) });
    expect(record.view.source).toEqual({ kind: 'graphql', name: 'Mutation.one', handler: 'R.one' });
  });

  it('is how its response was, and when', () => {
    const moments = { startedAt: 1, handlerEndedAt: 2, endedAt: 3 };
    const settled = { outcome: 'success', status: 200, aborted: false, ...moments } as const;
    record.settled({ type: 'settled', batchId: 'batch', timestamp: 4, source: SCOPE, ...settled });
    expect(record.view).toMatchObject({ ...settled, settledAt: 4 });
  });

  it('is each attempt, and that the next one is waited for', () => {
    add();
    start();
    attemptFailed();
    expect(tasks()).toMatchObject([{ state: 'retrying', attempts: [{ startedAt: 2, endedAt: 3 }] }]);
    retry();
    record.succeeded({ type: 'succeeded', attempt: 2, ...task(0, 'send', 6) });
    expect(tasks()).toMatchObject([{ state: 'done', attempts: [{ endedAt: 3 }, { startedAt: 4, endedAt: 6 }] }]);
    expect(record.view.done).toBe(1);
  });

  it('is no attempt of a durable task before that is claimed again', () => {
    add();
    start();
    retry(2, 3);
    attemptFailed();
    expect(tasks()).toMatchObject([{ state: 'retrying', attempts: [{ startedAt: 2, endedAt: 3 }] }]);
    start();
    expect(tasks()[0]?.attempts).toHaveLength(2);
  });

  it('is a failure once, though it is told twice', () => {
    add();
    start();
    attemptFailed();
    fail();
    expect(tasks()).toMatchObject([{ state: 'failed', attempts: [{ endedAt: 3, error: { message: 'Error: boom' } }] }]);
    expect(record.view.failed).toBe(1);
  });

  it('is an attempt also of a task that failed without one', () => {
    add();
    fail();
    expect(tasks()).toMatchObject([{ state: 'failed', attempts: [{ startedAt: 5, endedAt: 5 }] }]);
  });

  it('is no more than 100 tasks, and those that failed beyond them', () => {
    for (let index = 0; index < 300; index++) add(index);
    expect([tasks().length, record.view.more]).toEqual([100, 200]);
    for (let index = 200; index < 300; index++) fail(index);
    expect([tasks().length, record.view.more, record.view.failed]).toEqual([105, 195, 100]);
    expect(tasks().at(-1)).toMatchObject({ index: 204, state: 'failed' });
    start(150);
    expect(tasks()).toHaveLength(105);
  });

  it('is no more than five attempts of a task, the latest, and one of their stacks', () => {
    add();
    start();
    for (let attempt = 2; attempt <= 9; attempt++) {
      attemptFailed(new Error(`attempt ${attempt - 1}`));
      retry(attempt);
    }
    attemptFailed(new Error('attempt 9'));
    expect(tasks()[0]).toMatchObject({ earlier: 4 });
    const errors = tasks()[0]?.attempts.map(({ error }) => error) ?? [];
    expect(errors.map((error) => error?.message)).toEqual([5, 6, 7, 8, 9].map((number) => `Error: attempt ${number}`));
    expect(errors.map((error) => error?.stack !== undefined)).toEqual([false, false, false, false, true]);
  });

  it('is no more than five stacks', () => {
    for (let index = 0; index < 8; index++) {
      add(index);
      fail(index);
    }
    const stacks = tasks().map(({ attempts }) => attempts[0]?.error?.stack);
    expect(stacks.map((stack) => stack !== undefined)).toEqual([true, true, true, true, true, false, false, false]);
  });

  it('takes as many bytes as its texts, and lets go of those of what it forgets', () => {
    add();
    start();
    const before = record.bytes;
    attemptFailed({ message: 'x'.repeat(900), stack: `\n    at ${'y'.repeat(900)}` });
    expect(record.bytes - before).toBeGreaterThan(2_000);
    expect(record.bytes - before).toBeLessThan(3_000);
    for (let attempt = 2; attempt <= 100; attempt++) {
      retry(attempt);
      attemptFailed({ message: '', stack: '' });
    }
    expect(record.bytes).toBeLessThan(before + 1_000);
  });

  it('counts two bytes for what V8 keeps in two', () => {
    add(0, 'x'.repeat(100));
    const { bytes } = record;
    add(1, 'x'.repeat(100));
    const narrow = record.bytes - bytes;
    add(2, '→'.repeat(100));
    expect(record.bytes - bytes - narrow).toBe(narrow + 100);
  });

  it('is open again where a task is added late, or claimed', () => {
    add();
    record.finished(6);
    expect(record.isFinished).toBe(true);
    add(1);
    expect(record.isFinished).toBe(false);
    record.released(7);
    expect([record.isFinished, tasks()[1]?.state]).toEqual([true, 'stored']);
    start(1);
    expect(record.isFinished).toBe(false);
  });

  it('is nothing of what was never told', () => {
    attemptFailed();
    retry();
    record.succeeded({ type: 'succeeded', attempt: 1, ...task(7) });
    expect(tasks()).toEqual([]);
  });

  it('is what a claimed batch skips, though nothing else was told of it', () => {
    record.skipped({ type: 'skipped', reason: 'failure', ...task(1) });
    expect(tasks()).toMatchObject([{ index: 1, state: 'skipped', reason: 'failure' }]);
  });

  it('counts each task once, however often somebody has it go on', () => {
    const ends = [
      () => fail(),
      () => record.skipped({ type: 'skipped', reason: 'failure', ...task() }),
      () => record.succeeded({ type: 'succeeded', attempt: 1, ...task() }),
      () => record.succeeded({ type: 'succeeded', attempt: 1, ...task() }),
    ];
    for (const end of ends) {
      start();
      end();
    }
    expect(record.view).toMatchObject({ done: 1, failed: 0, skipped: 0 });
    expect(tasks()).toMatchObject([{ state: 'done' }]);
    expect(tasks()[0]?.reason).toBeUndefined();
  });
});
