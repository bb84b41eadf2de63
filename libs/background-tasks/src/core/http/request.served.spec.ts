import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeRequest, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { tasksFrom } from '../tasks/background-tasks.js';
import { RequestCall } from './request-call.js';
import { batchOf, existingBatchOf, ServedRequest } from './request.js';

function send(): void {}

let runner: RecordingRunner;
let application: Application;
let request: FakeRequest;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  request = new FakeRequest();
});

const adders = (): unknown[] => runner.accepted.map(({ call }) => call);

describe('a request that is served', () => {
  const serve = (by = application) => ServedRequest.of(request.raw, by);

  it('has the same group each time, for each application', () => {
    const { group } = serve();
    expect(serve().group).toBe(group);
    expect(serve(new RecordingRunner().application).group).not.toBe(group);
    expect(ServedRequest.of(new FakeRequest().raw, application).group).not.toBe(group);
  });

  it('has the batch of the request, made when somebody asks', () => {
    const served = serve();
    expect(existingBatchOf(request.raw, application)).toBeUndefined();
    expect(served.batch).toBe(batchOf(request.raw, application));
    const task = tasksFrom(served).addTask(send);
    expectSame(served.batch, task);
  });

  it('has its tasks added by the call within which that is done', () => {
    const call = new RequestCall(request.raw, application);
    call.within(() => tasksFrom(serve()).addTask(send));
    expectSame(adders(), call);
  });

  it('is what is served wherever entering it leads to', () => {
    const enter = <T>(of: FakeRequest, fn: () => T): T => ServedRequest.enter(of.raw, application, fn);
    const { currentCall } = application;
    expect(enter(request, () => currentCall.served?.group)).toBe(serve().group);
    expect(currentCall.served).toBeUndefined();
    const again = enter(request, () => [currentCall.served, enter(request, () => currentCall.served)]);
    expect(again[1]).toBe(again[0]);
    const other = new FakeRequest();
    const inner = enter(request, () => enter(other, () => currentCall.served?.group));
    expect(inner).toBe(ServedRequest.of(other.raw, application).group);
  });
});
