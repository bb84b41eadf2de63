import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { FakeExpress } from '../../../../../../test/harness/fake-platforms.js';
import type { Application } from '../../calls/application.js';
import { applicationOfRequest } from '../../calls/shared-requests.js';
import { BackgroundTask } from '../../tasks/background-task.js';
import { RequestCall } from '../request-call.js';
import { batchOf, existingBatchOf } from '../request.js';
import { prepareExpress } from './express.js';

let runner: RecordingRunner;
let application: Application;
let express: FakeExpress;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  express = new FakeExpress();
});

const prepare = (hasDefaultScope = false): void => prepareExpress(express, { application, hasDefaultScope });
const task = (): BackgroundTask => new BackgroundTask(() => undefined);

describe('Express, prepared,', () => {
  it('tells each of its requests the application, and no request of another one', () => {
    const other = new FakeExpress();
    prepare();
    expect(applicationOfRequest(express.exchange().request)).toBe(application);
    expect(applicationOfRequest(other.exchange().request)).toBeUndefined();
  });

  it('gives each of its responses their `background`', () => {
    prepare();
    const [{ request, response }, other] = [express.exchange(), express.exchange()];
    expect(response.background).toBeUndefined();
    const attached = task();
    response.background = attached;
    expect(response.background).toBe(attached);
    expectSame(batchOf(request.raw, application), attached);
    expect(existingBatchOf(other.request.raw, application)).toBeUndefined();
  });

  it('can be prepared once more, for another application', () => {
    prepare();
    ({ application } = new RecordingRunner());
    prepare();
    const { request, response } = express.exchange();
    expect(applicationOfRequest(request)).toBe(application);
    response.background = task();
    expect(runner.accepted).toEqual([]);
  });

  it('puts nothing in the way of a request', () => {
    const handle = express.router.Layer.prototype.handleRequest;
    prepare();
    expect(express.router.stack).toEqual([]);
    expect(express.router.Layer.prototype.handleRequest).toBe(handle);
  });
});

describe('the `background` of responses of an Express that applications share', () => {
  let other: RecordingRunner;
  let exchange: ReturnType<FakeExpress['exchange']>;

  beforeEach(() => {
    other = new RecordingRunner();
    prepare();
    prepareExpress(express, { application: other.application, hasDefaultScope: false });
    exchange = express.exchange();
  });

  function attach(call?: RequestCall): void {
    const { request, response } = exchange;
    call?.start();
    response.background = task();
    expectSame(batchOf(request.raw, call ? application : other.application), response.background);
  }

  it('is that of the one that was prepared last', () => {
    attach();
    expect([runner.accepted.length, other.accepted.length]).toEqual([0, 1]);
  });

  it('is that of the one whose handler is at work', () => {
    attach(new RequestCall(exchange.request.raw, application));
    expect([runner.accepted.length, other.accepted.length]).toEqual([1, 0]);
  });

  it('is that of the one that was prepared last once the handler has ended', () => {
    const call = new RequestCall(exchange.request.raw, application);
    call.start();
    call.end('completed');
    attach();
    expect([runner.accepted.length, other.accepted.length]).toEqual([0, 1]);
  });

  it('is that of one that is open', () => {
    other.application.close();
    exchange.response.background = task();
    expect([runner.accepted.length, other.accepted.length]).toEqual([1, 0]);
  });
});
