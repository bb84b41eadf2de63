import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import {
  Application,
  applicationOfHandlers,
  applicationOfRequest,
  type MaybeServed,
  serveHandlers,
  serveRequests,
} from './application.js';

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

describe('the application of a request', () => {
  it('is the one that serves it', () => {
    const [request, other]: MaybeServed[] = [{}, {}];
    serveRequests(request, application);
    expect(applicationOfRequest(request)).toBe(application);
    expect(applicationOfRequest(other)).toBeUndefined();
  });

  it('is the one that serves all of its kind', () => {
    const requests = {};
    serveRequests(requests, application);
    expect(applicationOfRequest(Object.create(requests) as MaybeServed)).toBe(application);
  });

  it('can become another, and is not seen by whoever lists the request', () => {
    const request: MaybeServed = {};
    serveRequests(request, new Application());
    serveRequests(request, application);
    expect(applicationOfRequest(request)).toBe(application);
    expect({ ...request }).toEqual({});
  });
});

describe('the application of handlers', () => {
  it('is none before it is said', () => {
    expect(applicationOfHandlers(class {})).toBeUndefined();
  });

  it('is the last one made of those that share a class, and not that of a class which inherits from it', () => {
    class Base {}
    class Inheriting extends Base {}
    serveHandlers(Base, new Application());
    serveHandlers(Base, application);
    expect(applicationOfHandlers(Base)).toBe(application);
    expect(applicationOfHandlers(Inheriting)).toBeUndefined();
  });
});
