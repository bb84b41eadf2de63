import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { type Application, serveRequests } from '../calls/application.js';
import { DEFAULT_OPTIONS } from '../options/background-tasks.options.js';
import { groupOf } from '../tasks/background-tasks.js';
import { httpTransport } from './http-transport.js';
import { RequestCall } from './request-call.js';
import { batchOf, willBeAnswered } from './request.js';

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

const callFor = (...args: unknown[]) => httpTransport.callFor(contextOf('http', args));
const tasksFor = (...args: unknown[]) => httpTransport.tasksFor(contextOf('http', args));

/** As Fastify hands out `node`. */
const wrapped = <T extends object>(node: T): { raw: T } => ({ raw: node });

describe('the transport of HTTP', () => {
  it('needs no async context', () => {
    expect(httpTransport.isAmbient).toBe(false);
  });
});

describe('the call for a request', () => {
  it.each([[[]], [[null]], [['a payload']], [[{}]]])('is none where there is no request: %j', (args) => {
    expect(callFor(...args)).toBeUndefined();
    expect(tasksFor(...args)).toBeUndefined();
  });

  it('is of the application that serves the request, bare', () => {
    serveRequests(request, application);
    const call = callFor(request, response);
    expect(call).toBeInstanceOf(RequestCall);
    expect(call?.batch).toBe(batchOf(request.raw, application));
    call?.newTasks().addTask(send);
    expectSame(
      runner.accepted.map((entry) => entry.batch),
      call?.batch,
    );
  });

  it.each<[string, (handedOut: object) => object]>([
    ['what its platform hands out', (handedOut) => handedOut],
    ["Node's own", () => request],
  ])('is of the application that is known of %s', (_, whereKept) => {
    const handedOut = { raw: request };
    serveRequests(whereKept(handedOut), application);
    const call = callFor(handedOut, wrapped(response));
    expect(call?.batch).toBe(batchOf(request.raw, application));
  });

  it('knows the response, bare or not', () => {
    for (const each of [response, wrapped(response)]) {
      request = new FakeRequest();
      serveRequests(request, application);
      callFor(request, each);
      expect(willBeAnswered(request.raw)).toBe(true);
    }
    callFor(request, response);
    tasksOf(request)?.addTask(send);
    response.finish();
    expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
  });

  it('is none where no application serves it', () => {
    expect(callFor(request, response)).toBeUndefined();
    expect(callFor(wrapped(request), wrapped(response))).toBeUndefined();
    expect(willBeAnswered(request.raw)).toBe(false);
  });

  it('is none of what is no request', () => {
    const stranger = {};
    serveRequests(stranger, application);
    expect(callFor(stranger, response)).toBeUndefined();
  });
});

describe('the tasks for a parameter', () => {
  it('are those of the call at work, with options of their own', () => {
    serveRequests(request, application);
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
