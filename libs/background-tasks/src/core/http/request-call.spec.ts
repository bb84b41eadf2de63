import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeCall } from '../../../../../test/harness/fake-call.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { RequestCall } from './request-call.js';
import { batchOf, lastCallOn, rememberResponse } from './request.js';

let runner: RecordingRunner;
let request: FakeRequest;
let response: FakeResponse;
let call: RequestCall;

beforeEach(() => {
  runner = new RecordingRunner();
  request = new FakeRequest();
  response = new FakeResponse(request);
  rememberResponse(request.raw, response.raw);
  call = new RequestCall(request.raw, runner.application);
});

describe('the call of the handler of a request', () => {
  it('has the batch of the request, once somebody has asked', () => {
    expect(call.existingBatch).toBeUndefined();
    const { batch } = call;
    expect(batch).toBe(batchOf(request.raw, runner.application));
    expect(call.existingBatch).toBe(batch);
  });

  it('is known of the request from when it starts', () => {
    expect(lastCallOn(request.raw)).toBeUndefined();
    call.start();
    expect(lastCallOn(request.raw)).toBe(call);
    expectSame(runner.application.openBatches.atWork, call);
    expectSame(call.batch.settling.atWork, call);
  });

  it.each(['completed', 'errored'] as const)('is what the response waits for and ends as: %s', (state) => {
    call.start();
    call.newTasks().addTask(() => undefined);
    response.finish();
    expect(runner.settlements).toEqual([]);
    call.end(state);
    expect(runner.settlements).toMatchObject([
      { outcome: state === 'completed' ? 'success' : 'failure', aborted: false },
    ]);
    expect([...runner.application.openBatches.atWork]).toEqual([]);
  });

  it.each([
    ['torn down', 'by a client that has left in the middle', { destroyed: true, headersSent: true }],
    ['errored', 'by a client that got nothing', { destroyed: true, headersSent: false }],
    ['given up', 'by whoever it was, while the client is there', { destroyed: false, headersSent: false }],
  ])('was %s, if torn down %s', (state, _, { destroyed, headersSent }) => {
    call.start();
    request.socket.destroyed = destroyed;
    response.headersSent = headersSent;
    call.end('torn down');
    response.headersSent = true;
    expect(call.state).toBe(state);
  });

  it('was torn down where nobody knows its response', () => {
    const unknown = new FakeRequest();
    call = new RequestCall(unknown.raw, runner.application);
    call.start();
    unknown.socket.destroyed = true;
    call.end('torn down');
    expect(call.state).toBe('torn down');
  });

  it('keeps the status of its response when it completes, and no other', () => {
    response.statusCode = 404;
    call.start();
    call.end('completed');
    response.statusCode = 500;
    call.end('completed');
    expect([call.state, call.statusWhenCompleted]).toEqual(['completed', 404]);
    const errored = new RequestCall(request.raw, runner.application);
    errored.start();
    errored.end('errored');
    expect(errored.statusWhenCompleted).toBeUndefined();
  });

  it('is a failure if what it answered was spoilt, and adds its tasks by itself', () => {
    call.start();
    const first = call;
    call.newTasks().addTask(() => undefined);
    call.end('errored');
    call = new RequestCall(request.raw, runner.application);
    call.start();
    call.newTasks().addTask(() => undefined);
    call.end('completed');
    expectSame(
      runner.accepted.map((entry) => entry.call),
      first,
      call,
    );
    response.statusCode = 500;
    response.finish();
    expect(runner.settlements).toEqual([{ outcome: 'failure', status: 500, aborted: false }]);
  });

  it('makes no batch by its end', () => {
    call.start();
    call.end('completed');
    expect(call.existingBatch).toBeUndefined();
  });

  it('hands out tasks that say which call adds them, where one can be told, as a resolver that it makes', () => {
    const tasks = call.newTasks();
    const resolver = new FakeCall(call.batch, runner.application);
    tasks.addTask(() => undefined);
    resolver.within(() => tasks.addTask(() => undefined));
    expectSame(
      runner.accepted.map((entry) => entry.call),
      undefined,
      resolver,
    );
  });
});
