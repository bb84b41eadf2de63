import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { FakeRequest, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Batch } from '../batch/batch.js';
import { innermostCall } from './current-call.js';
import { ServedRequest } from '../http/request.js';
import type { Application } from './application.js';
import type { CurrentCall } from './current-call.js';
import type { HandlerCall } from './handler-call.js';
import { OwnCall } from './own-call.js';

let application: Application;
let current: CurrentCall;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  current = application.currentCall;
});

describe('what is served here', () => {
  it('is nothing where nothing was entered', () => {
    expect(current.served).toBeUndefined();
    expect(current.call).toBeUndefined();
  });

  it('is what was entered, there and wherever that leads, and no longer outside', async () => {
    const call = new OwnCall(application);
    const later = async () => {
      await Promise.resolve();
      return current.served;
    };
    const [now, leadsTo] = current.enter(call, () => [current.served, later()] as const);
    expect(now).toBe(call);
    expect(current.served).toBeUndefined();
    expect(await leadsTo).toBe(call);
  });

  it('is the innermost of what was entered', () => {
    const [outer, inner] = [new OwnCall(application), new OwnCall(application)];
    const seen = current.enter(outer, () => [current.enter(inner, () => current.call), current.call]);
    expectSame(seen, inner, outer);
  });

  it('is another thing for each application', () => {
    const { currentCall } = new RecordingRunner().application;
    expect(current.enter(new OwnCall(application), () => currentCall.served)).toBeUndefined();
  });

  it('is that of each application, where one is served within another', () => {
    const other = new RecordingRunner().application;
    const [first, second, third] = [new OwnCall(application), new OwnCall(other), new OwnCall(application)];
    const look = () => [current.served, other.currentCall.served, innermostCall()];
    expectSame(
      current.enter(first, () => other.currentCall.enter(second, look)),
      first,
      second,
      second,
    );
    expectSame(
      current.enter(first, () => other.currentCall.enter(second, () => current.enter(third, look))),
      third,
      second,
      third,
    );
  });

  it('does not keep what the same application has served around it', () => {
    const other = new RecordingRunner().application;
    const nested: unknown[] = [];
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    other.currentCall.enter(new OwnCall(other), () => {
      for (let depth = 0; depth < 3; depth++) current.enter(new OwnCall(application), () => undefined);
      const enter = (depth: number): void => {
        if (depth > 0) current.enter(new OwnCall(application), () => enter(depth - 1));
      };
      enter(3);
    });
    for (const [store] of run.mock.calls) nested.push(depthOf(store));
    expect(nested).toEqual([1, 2, 2, 2, 2, 2, 2]);
    run.mockRestore();
  });

  it('costs nothing to enter again', () => {
    const call = new OwnCall(application);
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    const seen = current.enter(call, () => current.enter(call, () => current.served));
    expect(seen).toBe(call);
    expect(run).toHaveBeenCalledTimes(1);
    run.mockRestore();
  });

  it('may be a request, which is no call', () => {
    const request = ServedRequest.of(new FakeRequest().raw, application);
    current.enter(request, () => {
      expect(current.served).toBe(request);
      expect(current.call).toBeUndefined();
    });
  });
});

describe('the call that adds tasks to a batch', () => {
  const callOn = (batch: Batch, within: HandlerCall) => within.within(() => current.callOn(batch));

  it('is the innermost of that batch', () => {
    const batch = application.newBatch();
    const outer = new FakeCall(batch, application);
    const inner = outer.within(() => new FakeCall(batch, application));
    expect(callOn(batch, inner)).toBe(inner);
  });

  it('may be one around that of another batch', () => {
    const batch = application.newBatch();
    const outermost = new FakeCall(batch, application);
    const between = outermost.within(() => new OwnCall(application));
    between.start();
    const inner = between.within(() => new OwnCall(application));
    expect(callOn(batch, inner)).toBe(outermost);
    expect(callOn(between.batch, inner)).toBe(between);
  });

  it('is none where no call has that batch', () => {
    const call = new OwnCall(application);
    expect(callOn(application.newBatch(), call)).toBeUndefined();
    expect(current.callOn(call.batch)).toBeUndefined();
  });
});

/** How many things are served within each other. */
function depthOf(store: unknown): number {
  return typeof store === 'object' && store !== null && 'outer' in store && 'served' in store
    ? 1 + depthOf(store.outer)
    : 1;
}
