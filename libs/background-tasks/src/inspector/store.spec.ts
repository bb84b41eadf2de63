import { beforeEach, describe, expect, it } from '@jest/globals';
import { SCOPE } from '../core/batch/source.js';
import type { BackgroundTasksEvent } from '../core/reports/background-tasks.events.js';
import { resolveInspectorOptions } from './inspector.options.js';
import { InspectorStore } from './store.js';

let store: InspectorStore;
let changes: number;

const storeFor = (keep: number, keepFailed: number): InspectorStore =>
  new InspectorStore(resolveInspectorOptions({ path: 'inspector', authorize: () => true, keep, keepFailed }));

beforeEach(() => {
  store = storeFor(3, 2);
  changes = 0;
  store.onChange = () => changes++;
});

const ofTask = (batchId: string, index = 0) => ({ batchId, name: 'send', index, timestamp: 1 });
const tell = (...events: BackgroundTasksEvent[]): void => events.forEach((event) => store.tell(event));
const add = (id: string): void => tell({ type: 'added', source: SCOPE, ...ofTask(id) });
const start = (id: string): void => tell({ type: 'started', ...ofTask(id) });
const finish = (id: string): void => tell({ type: 'finished', batchId: id, timestamp: 2 });
const fail = (id: string): void => tell({ type: 'failed', attempt: 1, error: new Error('boom'), ...ofTask(id) });
const ids = (): string[] => store.records.map(({ view }) => view.id);

describe('the store', () => {
  it('keeps the latest batches, and lets go of those that are over first', () => {
    ['a', 'b', 'c'].forEach(add);
    finish('b');
    add('d');
    expect([ids(), store.dropped]).toEqual([['a', 'c', 'd'], 1]);
    add('e');
    expect([ids(), store.dropped]).toEqual([['c', 'd', 'e'], 2]);
  });

  it('keeps failed ones apart, the latest of those', () => {
    for (const id of ['a', 'b', 'c']) {
      add(id);
      fail(id);
      finish(id);
    }
    ['d', 'e', 'f'].forEach(add);
    expect(ids()).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(store.find('b')?.view.failed).toBe(1);
    expect(store.find('a')).toBeUndefined();
  });

  it('keeps a failure of a batch that it has let go', () => {
    ['a', 'b', 'c', 'd'].forEach(add);
    fail('a');
    expect(store.find('a')?.view).toMatchObject({ failed: 1, tasks: [{ name: 'send', state: 'failed' }] });
  });

  it('takes nothing else of one that it has let go', () => {
    ['a', 'b', 'c', 'd'].forEach(add);
    start('a');
    tell({ type: 'succeeded', attempt: 1, ...ofTask('a') });
    finish('a');
    expect(ids()).toEqual(['b', 'c', 'd']);
  });

  it('takes a batch that begins with a task that starts, as a claimed one does', () => {
    start('claimed');
    expect(store.find('claimed')?.view.tasks).toMatchObject([{ state: 'running' }]);
  });

  it('takes further claimed batches, however many were left to be tried again elsewhere', () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      start(id);
      tell({ type: 'retrying', attempt: 2, error: new Error('boom'), failedAt: 1, ...ofTask(id) });
    }
    expect(ids()).toEqual(['b', 'c', 'd']);
    expect(store.find('d')?.view.tasks[0]?.state).toBe('retrying');
    start('d');
    expect(store.find('d')?.isFinished).toBe(false);
  });

  it('is bounded by bytes, too', () => {
    store = storeFor(100_000, 1);
    for (let batch = 0; batch < 2_000; batch++) {
      for (let index = 0; index < 20; index++) {
        const name = `${batch} ${index} `.padEnd(200, 'x');
        tell({ type: 'added', source: SCOPE, ...ofTask(`batch ${batch}`, index), name });
      }
    }
    const bytes = store.records.reduce((sum, record) => sum + record.bytes, 0);
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(store.records.length).toBeGreaterThan(300);
    expect(store.dropped + store.records.length).toBe(2_000);
  });

  it('tells of every change, and what has changed since', () => {
    add('a');
    const { revision } = store;
    add('b');
    expect(changes).toBe(2);
    expect(store.changesSince(revision)?.records.map(({ view }) => view.id)).toEqual(['b']);
    ['c', 'd'].forEach(add);
    expect(store.changesSince(revision)?.gone).toEqual(['a']);
    expect(store.changesSince(store.revision)).toEqual({ records: [], gone: [] });
  });

  it('does not know any more what has changed since it was long ago', () => {
    const { revision } = store;
    for (let count = 0; count < 2_000; count++) add(`${count}`);
    expect(store.changesSince(revision)).toBeUndefined();
    expect(store.changesSince(store.revision - 10)?.gone).toHaveLength(10);
  });

  it('counts what is told of no batch as a change: the numbers are others', () => {
    tell({ type: 'drained', lost: [], timestamp: 1 });
    tell({ type: 'refused', batchId: 'r', name: 'send', count: 1, maxPending: 1, unfinished: 1, timestamp: 1 });
    expect([changes, ids()]).toEqual([2, []]);
  });
});
