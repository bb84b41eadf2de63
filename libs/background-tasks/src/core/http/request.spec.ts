import http from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { groupOf } from '../tasks/background-tasks.js';
import { statusOf, willBeAnswered } from './known-response.js';
import { RequestCall } from './request-call.js';
import { batchOf, existingBatchOf, lastCallOn, rememberCallOn, rememberResponse, tasksOfRequest } from './request.js';

const { defaults } = DEFAULT_OPTIONS;

function send(): void {}

let runner: RecordingRunner;
let application: Application;
let request: FakeRequest;
let response: FakeResponse;

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  request = new FakeRequest();
  response = new FakeResponse(request);
});

const adders = (): unknown[] => runner.accepted.map((entry) => entry.call);
const add = (): unknown => tasksOfRequest(request.raw, application).addTask(send);
const succeeded = [{ outcome: 'success', aborted: false }];
const failed = [{ outcome: 'failure', aborted: false }];

describe('the batch of a request', () => {
  it('is made when somebody asks, and is the same for whoever asks', () => {
    expect(existingBatchOf(request.raw, application)).toBeUndefined();
    const batch = batchOf(request.raw, application);
    expect(batchOf(request.raw, application)).toBe(batch);
    expect(existingBatchOf(request.raw, application)).toBe(batch);
  });

  it('is that of no other request', () => {
    expect(batchOf(new FakeRequest().raw, application)).not.toBe(batchOf(request.raw, application));
  });

  it('is another one in another application', () => {
    const other = new RecordingRunner();
    const batch = batchOf(request.raw, application);
    expect(batchOf(request.raw, other.application)).not.toBe(batch);
    tasksOfRequest(request.raw, other.application).addTask(send);
    add();
    rememberResponse(request.raw, response.raw);
    response.finish();
    expect([runner.settlements, other.settlements]).toMatchObject([succeeded, succeeded]);
  });

  it('does not settle as long as nobody knows the response', () => {
    add();
    response.finish();
    expect(runner.settlements).toEqual([]);
  });

  it('settles with the response that was known before', () => {
    rememberResponse(request.raw, response.raw);
    add();
    response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('settles with the response that Express keeps on the request', () => {
    Object.assign(request, { res: response });
    add();
    response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it.each([{}, new http.IncomingMessage(new Socket())])(
    'settles with no other thing that somebody keeps there: %#',
    (res) => {
      Object.assign(request, { res });
      expect([willBeAnswered(request.raw), statusOf(request.raw)]).toEqual([false, undefined]);
      add();
      rememberResponse(request.raw, response.raw);
      response.statusCode = 404;
      expect(statusOf(request.raw)).toBe(404);
      response.finish();
      expect(runner.settlements).toMatchObject(failed);
    },
  );

  it('settles with the response that somebody meets later', () => {
    add();
    rememberResponse(request.raw, response.raw);
    response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });
});

describe('the response of a request', () => {
  it('is the first one that somebody meets, who is told so', () => {
    const other = new FakeResponse(request);
    expect(rememberResponse(request.raw, response.raw)).toBe(true);
    expect(rememberResponse(request.raw, other.raw)).toBe(false);
    add();
    other.hangUp();
    expect(runner.settlements).toEqual([]);
    response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('is the one that was met, whatever the platform keeps on the request', () => {
    Object.assign(request, { res: new FakeResponse(new FakeRequest()) });
    rememberResponse(request.raw, response.raw);
    add();
    response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('will come if somebody has met it', () => {
    expect(willBeAnswered(request.raw)).toBe(false);
    rememberResponse(request.raw, response.raw);
    expect(willBeAnswered(request.raw)).toBe(true);
  });

  it.each<[boolean | null | undefined, boolean]>([
    [true, false],
    [false, true],
    [null, true],
    [undefined, true],
  ])('of a request with `upgrade: %p` will come: %p', (upgrade, isAnswered) => {
    Object.assign(request, { res: response, upgrade });
    expect(willBeAnswered(request.raw)).toBe(isAnswered);
  });
});

describe('the call at work on a request', () => {
  let call: OwnCall;

  beforeEach(() => {
    call = new OwnCall(application);
    call.start();
    rememberResponse(request.raw, response.raw);
  });

  it('is the last one that anybody saw, also when it has ended', () => {
    expect(lastCallOn(request.raw)).toBeUndefined();
    rememberCallOn(request.raw, new OwnCall(application), application);
    rememberCallOn(request.raw, call, application);
    call.end('completed');
    expect(lastCallOn(request.raw)).toBe(call);
  });

  it.each<[string, () => unknown]>([
    ['before', () => [rememberCallOn(request.raw, call, application), add()]],
    ['after', () => [add(), rememberCallOn(request.raw, call, application)]],
  ])('is waited for if it is seen %s the first task', (_, prepare) => {
    prepare();
    response.finish();
    expect(runner.settlements).toEqual([]);
    call.end('errored');
    expect(runner.settlements).toMatchObject(failed);
  });
});

describe('the tasks of a request', () => {
  it('go to its batch, with options of their own', () => {
    const [one, other] = [tasksOfRequest(request.raw, application), tasksOfRequest(request.raw, application)];
    const task = one.with({ runOn: 'failure' }).addTask(send);
    expectSame(batchOf(request.raw, application), task);
    expect(groupOf(other).optionsFor(task, defaults).runOn).toBe('success');
  });

  it('are added by the call within which that is done', () => {
    const call = new RequestCall(request.raw, application);
    call.within(add);
    add();
    expectSame(adders(), call, undefined);
  });
});
