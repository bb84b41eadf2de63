import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeBatch } from '../../../../../test/harness/fake-batch.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { Application } from '../calls/application.js';
import type { Batch } from '../batch/batch.js';
import { Served } from '../calls/served.js';
import { Attempt } from '../running/attempt.js';
import { runAsCurrentTask as runAs } from '../running/current-task.js';
import { BackgroundTask } from '../tasks/background-task.js';
import { Callers } from './callers.js';

const runAsCurrentTask = (
  attempt: Attempt,
  call: () => Promise<void> | undefined,
  limit: (work: Promise<void>) => Promise<void>,
): Promise<void> | undefined => runAs(attempt, call, (_, work) => limit(work), undefined);

let application: Application;
let callers: Callers;
let batch: FakeBatch;

beforeEach(() => {
  application = new Application();
  callers = new Callers(application);
  batch = new FakeBatch();
});

class Request extends Served {
  constructor(readonly existingBatch: Batch | undefined) {
    super(application.currentCall);
  }

  get batch(): never {
    throw new Error('Nobody may make a batch by looking.');
  }
}

describe('whoever closes the application', () => {
  it('is nobody where it is closed from outside', () => {
    callers.noteHere();
    expect(callers.areIn(batch.real)).toBe(false);
  });

  it('is a task, until it has ended', () => {
    const attempt = new Attempt(batch.entryOf(new BackgroundTask(() => undefined)), 1);
    void runAsCurrentTask(
      attempt,
      () => {
        callers.noteHere();
        expect(callers.areIn(batch.real)).toBe(true);
        expect(callers.areIn(new FakeBatch().real)).toBe(false);
        return undefined;
      },
      (work) => work,
    );
    expect(callers.areIn(batch.real)).toBe(false);
    expect.assertions(3);
  });

  it('is a call, and the one that has made it, each until it has ended', () => {
    const inner = new FakeBatch();
    const outerCall = new FakeCall(batch.real, application);
    const innerCall = outerCall.within(() => new FakeCall(inner.real, application));
    innerCall.within(() => callers.noteHere());
    const areIn = (): boolean[] => [callers.areIn(inner.real), callers.areIn(batch.real)];
    expect(areIn()).toEqual([true, true]);
    innerCall.end('completed');
    expect(areIn()).toEqual([false, true]);
    outerCall.end('completed');
    expect(areIn()).toEqual([false, false]);
  });

  it('is a request while a handler is at work on it', () => {
    application.currentCall.enter(new Request(batch.real), () => callers.noteHere());
    expect(callers.areIn(batch.real)).toBe(false);
    const call = new FakeCall(batch.real, application);
    batch.settling.atWork.add(call);
    expect(callers.areIn(batch.real)).toBe(true);
  });

  it('may be a request without a batch', () => {
    application.currentCall.enter(new Request(undefined), () => callers.noteHere());
    expect(callers.areIn(batch.real)).toBe(false);
  });
});
