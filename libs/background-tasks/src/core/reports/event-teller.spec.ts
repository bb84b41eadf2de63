import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import type { BatchEntry } from '../batch/batch.js';
import { SCOPE } from '../batch/source.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { type BackgroundTasksEvent, BackgroundTasksEvents } from './background-tasks.events.js';
import { EventTeller } from './event-teller.js';

const requests = new AsyncLocalStorage<string>();

function send(): void {}

describe('events', () => {
  let events: BackgroundTasksEvents;
  let teller: EventTeller;
  let told: Array<[event: BackgroundTasksEvent, store: string | undefined]>;
  let reported: unknown[];

  beforeEach(() => {
    events = new BackgroundTasksEvents();
    reported = [];
    teller = new EventTeller(events, (thrown) => reported.push(thrown));
    told = [];
  });

  const listen = (): void => void events.events$.subscribe((event) => told.push([event, requests.getStore()]));
  const types = (): string[] => told.map(([{ type }]) => type);
  const stores = (): unknown[] => told.map(([, store]) => store);
  /** An entry added by a request of its own. */
  const entryBy = (request: string, batch = new FakeBatch()): BatchEntry =>
    requests.run(request, () => batch.entryOf(new BackgroundTask(send)));

  it('are told in the async context of the code that added the task', () => {
    listen();
    const entry = entryBy('one');
    requests.run('two', () => teller.tellOfTask(entry, { type: 'started' }));
    expect(stores()).toEqual(['one']);
  });

  it('are told of a batch in the context of its first task', () => {
    listen();
    const batch = new FakeBatch();
    entryBy('one', batch);
    entryBy('two', batch);
    requests.run('three', () => teller.tellOfBatch(batch.real, { type: 'finished' }));
    expect(stores()).toEqual(['one']);
  });

  it('are told of a refusal where it happens, and of the drain in no context', () => {
    listen();
    const entry = entryBy('one');
    requests.run('two', () => teller.tellRefused(entry.batch, { name: 'send', count: 3, maxPending: 2 }, 1));
    requests.run('three', () => teller.tellDrained(['lost']));
    expect(stores()).toEqual(['two', undefined]);
    expect(told[0]?.[0]).toEqual({
      type: 'refused',
      batchId: 'batch',
      name: 'send',
      count: 3,
      maxPending: 2,
      unfinished: 1,
      timestamp: entry.addedAt + 1,
    });
    expect(told[1]?.[0]).toEqual({ type: 'drained', lost: ['lost'], timestamp: expect.any(Number) });
  });

  it('are told of a task that was added one microtask later, with its name by then and the time of before', async () => {
    listen();
    const entry = entryBy('one');
    teller.tellAdded(entry);
    entry.task.with({ name: 'mail' });
    expect(told).toEqual([]);
    entry.batch.now();
    await Promise.resolve();
    expect(told).toEqual([
      [{ type: 'added', batchId: 'batch', name: 'mail', index: 0, source: SCOPE, timestamp: entry.addedAt }, 'one'],
    ]);
  });

  it("are told of it also where a test has put other microtasks in the place of Node's", async () => {
    listen();
    jest.useFakeTimers();
    try {
      teller.tellAdded(entryBy('one'));
      await Promise.resolve();
    } finally {
      jest.useRealTimers();
    }
    expect(types()).toEqual(['added']);
  });

  it('are told of the adding before all else of the batch, and once', async () => {
    listen();
    const batch = new FakeBatch();
    const other = entryBy('other');
    const entries = [entryBy('one', batch), entryBy('one', batch)];
    for (const entry of [other, ...entries]) teller.tellAdded(entry);
    teller.tellOfBatch(batch.real, {
      type: 'settled',
      outcome: 'success',
      status: 200,
      aborted: false,
      source: SCOPE,
      ...batch.moments,
    });
    expect(types()).toEqual(['added', 'added', 'settled']);
    teller.tellOfTask(other, { type: 'started' });
    expect(types().slice(3)).toEqual(['added', 'started']);
    await Promise.resolve();
    expect(told).toHaveLength(5);
  });

  it('are told of the adding before a refusal in the same batch, each in the context of its own', () => {
    listen();
    const [entry, other] = [entryBy('one'), entryBy('other')];
    for (const each of [entry, other]) teller.tellAdded(each);
    requests.run('two', () => teller.tellRefused(entry.batch, { name: 'send', count: 1, maxPending: 1 }, 1));
    expect([types(), stores()]).toEqual([
      ['added', 'refused'],
      ['one', 'two'],
    ]);
  });

  it('have times that do not go back within a batch', () => {
    listen();
    const entry = entryBy('one');
    teller.tellAdded(entry);
    teller.tellOfTask(entry, { type: 'started' });
    teller.tellOfTask(entry, { type: 'succeeded', attempt: 1 });
    expect(told.map(([{ timestamp }]) => timestamp)).toEqual([1, 2, 3]);
  });

  it('are told to nobody of what was added before', async () => {
    const entry = entryBy('one');
    teller.tellAdded(entry);
    listen();
    await Promise.resolve();
    teller.tellOfTask(entry, { type: 'started' });
    expect(types()).toEqual(['started']);
  });

  it('harm nobody by what goes wrong while they are told', () => {
    listen();
    const boom = new Error('boom');
    const entry = entryBy('one');
    entry.context.runInAsyncScope = () => {
      throw boom;
    };
    teller.tellOfTask(entry, { type: 'started' });
    expect(reported).toEqual([boom]);
  });
});
