import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { Application } from './application.js';

let application: Application;

beforeEach(() => {
  application = new Application();
});

describe('Application', () => {
  it('makes a batch each time, which its runner runs', () => {
    const runner = new RecordingRunner();
    application.runWith(runner);
    expect(application.runner).toBe(runner);
    const batch = application.newBatch();
    expect(application.newBatch()).not.toBe(batch);
    runner.tasksOn(batch).addTask(() => undefined);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      batch,
    );
  });

  it('has the batches that are made from now on run by another runner', () => {
    const [first, second] = [new RecordingRunner(), new RecordingRunner()];
    application.runWith(first);
    const early = application.newBatch();
    application.runWith(second);
    const late = application.newBatch();
    for (const batch of [early, late]) first.tasksOn(batch).addTask(() => undefined);
    expectSame(
      first.accepted.map((entry) => entry.batch),
      early,
    );
    expectSame(
      second.accepted.map((entry) => entry.batch),
      late,
    );
  });

  it('makes no batch that nothing would run', () => {
    expect(() => application.newBatch()).toThrow(new Error('Cannot make a batch: nothing was said to run it.'));
  });

  it('has a call at work from when it starts until it ends', () => {
    const runner = new RecordingRunner();
    const call = new FakeCall(runner.application.newBatch(), application);
    expectSame(application.openBatches.atWork, call);
    call.end('completed');
    expect([...application.openBatches.atWork]).toEqual([]);
  });
});

describe('an application', () => {
  it('is closed when it says so', () => {
    expect(application.isClosed).toBe(false);
    application.close();
    expect(application.isClosed).toBe(true);
  });

  it('has been given nothing before it says what it provides', () => {
    expect(application.provides({})).toBe(false);
  });
});
