import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { Application } from './application.js';
import { OpenBatches } from './open-batches.js';

let open: OpenBatches;
let batch: FakeBatch;
let handler: FakeCall;
let elsewhere: Application;

beforeEach(() => {
  open = new OpenBatches();
  batch = new FakeBatch();
  elsewhere = new Application();
  handler = new FakeCall(batch.real, elsewhere);
  batch.settling.atWork.add(handler);
});

/** It is a handler of this application: it began in another. */
function serveHere(): void {
  elsewhere.openBatches.atWork.delete(handler);
  open.atWork.add(handler);
}

/** Resolves to what has happened when the promises that are due have settled. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void promise.then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return isOver;
}

describe('OpenBatches', () => {
  it('knows a batch by its tasks and by its handlers, once', () => {
    expect([...open.all]).toEqual([]);
    open.unfinished.add(batch.real);
    serveHere();
    expectSame(open.all, batch.real);
  });

  // what is waited for is looked at before a turn is awaited: whoever waits for nothing would do so for ever
  it('knows one by its handler alone, and waits for that', async () => {
    const onceEnded = jest.spyOn(handler, 'onceEnded');
    serveHere();
    expectSame(open.all, batch.real);
    const quiet = open.whenQuiet(batch.real);
    expect(onceEnded).toHaveBeenCalledTimes(1);
    expect(await isSettled(quiet)).toBe(false);
    handler.end('completed');
    open.atWork.delete(handler);
    expect(await isSettled(quiet)).toBe(true);
  });

  it('waits for a handler, and for the tasks', async () => {
    open.unfinished.add(batch.real);
    serveHere();
    const quiet = open.whenQuiet(batch.real);
    expect(await isSettled(quiet)).toBe(false);
    handler.end('completed');
    open.atWork.delete(handler);
    batch.settling.atWork.delete(handler);
    expect(await isSettled(quiet)).toBe(false);
    open.unfinished.delete(batch.real);
    batch.finish();
    expect(await isSettled(quiet)).toBe(true);
  });

  it('waits for no handler of another application that shares the request', async () => {
    const onceEnded = jest.spyOn(handler, 'onceEnded');
    const quiet = open.whenQuiet(batch.real);
    expect(onceEnded).not.toHaveBeenCalled();
    expect(await isSettled(quiet)).toBe(true);
  });

  it('names the calls at work on a batch, of this application', () => {
    expect(open.callsOn(batch.real)).toEqual([]);
    serveHere();
    expectSame(open.callsOn(batch.real), handler);
  });

  it('counts the calls at work on batches', () => {
    expect(open.countCallsOn([batch.real])).toBe(0);
    serveHere();
    expect([open.countCallsOn([]), open.countCallsOn([batch.real])]).toEqual([0, 1]);
  });
});
