import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { groupOf } from '../tasks/background-tasks.js';
import { httpTransport } from './http-transport.js';
import { RequestCall } from './request-call.js';
import { willBeAnswered } from './known-response.js';
import { batchOf } from './request.js';

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

const callFor = (...args: unknown[]) => httpTransport.callFor(contextOf('http', args), application);
const tasksFor = (...args: unknown[]) => httpTransport.tasksFor(contextOf('http', args));

/** As Fastify hands out `node`. */
const wrapped = <T extends object>(node: T): { raw: T } => ({ raw: node });

describe('the call for a request', () => {
  it.each([[[]], [[null]], [['a payload']], [[{}]]])('is none where there is no request: %j', (args) => {
    expect(callFor(...args)).toBeUndefined();
    expect(tasksFor(...args)).toBeUndefined();
  });

  it.each([
    ['bare', () => [request, response]],
    ['wrapped', () => [wrapped(request), wrapped(response)]],
  ])('is of the application that follows it, of a request that is %s', (_, handedOut) => {
    const call = callFor(...handedOut());
    expect(call).toBeInstanceOf(RequestCall);
    expect(call?.batch).toBe(batchOf(request.raw, application));
    call?.newTasks().addTask(send);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      call?.batch,
    );
  });

  it('knows the response, bare or not', () => {
    for (const each of [response, wrapped(response)]) {
      request = new FakeRequest();
      callFor(request, each);
      expect(willBeAnswered(request.raw)).toBe(true);
    }
    callFor(request, response);
    tasksOf(request)?.addTask(send);
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
  });
});

describe('the tasks for a parameter', () => {
  it('are those of the call at work, with options of their own', () => {
    const call = callFor(request, response);
    call?.start();
    const [one, other] = [tasksFor(request, response), tasksFor(wrapped(request), response)];
    const task = one?.with({ runOn: 'always' }).addTask(send);
    expectSame(call?.batch ?? [], task);
    expectSame(other ?? [], task);
    expect(other && task && groupOf(other).optionsFor(task, defaults).runOn).toBe('success');
  });

  it('are none where no handler is followed', () => {
    expect(tasksFor(request, response)).toBeUndefined();
  });

  it('say what a mock lacks, where they are none', () => {
    const hintFor = (given: unknown) => httpTransport.hint?.(contextOf('http', [given]));
    expect(hintFor({ method: 'GET' })).toBe('; this request is a mock without `headers` and `socket`');
    for (const given of [undefined, request, { message: 'hi' }]) expect(hintFor(given)).toBe('');
  });

  it('are none where there is no request', () => {
    expect(tasksFor()).toBeUndefined();
    expect(tasksFor({ message: 'hi' })).toBeUndefined();
  });
});

function tasksOf(given: unknown) {
  return httpTransport.tasksOfRequest?.(given, application);
}

describe('the tasks to inject', () => {
  it('are those of the request, bare or not', () => {
    const added = [tasksOf(request)?.addTask(send), tasksOf(wrapped(request))?.addTask(send)];
    expectSame(batchOf(request.raw, application), ...added);
  });

  it.each([undefined, null, {}, { req: {} }])('are none for %p', (given) => {
    expect(tasksOf(given)).toBeUndefined();
  });
});
