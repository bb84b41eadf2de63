import { platformRequestOf } from '../platform-request.js';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { type Attachable, FakeFastify } from '../../../../../../test/harness/fake-platforms.js';
import { type Application, applicationOfRequest } from '../../calls/application.js';
import { BackgroundTask } from '../../tasks/background-task.js';
import { batchOf, rememberResponse, ServedRequest, tasksOfRequest } from '../request.js';
import { fastifyMiddleware, prepareFastify } from './fastify.js';

let runner: RecordingRunner;
let application: Application;
let fastify: FakeFastify;
let exchange: ReturnType<FakeFastify['exchange']>;

const task = (name = 'a'): BackgroundTask => new BackgroundTask(() => undefined).with({ name });
const addByRequest = (request: FakeRequest): unknown => tasksOfRequest(request.raw, application).addTask(task());
const namesOf = (request: FakeRequest): string[] => [...batchOf(request.raw, application)].map(({ name }) => name);
const succeeded = [{ outcome: 'success', aborted: false }];

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  fastify = new FakeFastify();
});

function prepare(hasDefaultScope: boolean): void {
  prepareFastify(fastify, { application, hasDefaultScope });
  exchange = fastify.exchange();
}

/** What the hooks of `name` hand out when they are done, and what is served there. */
function runHooks(name: 'onRequest' | 'preValidation'): unknown[] {
  const ends: unknown[] = [];
  fastify.run(name, exchange, (error) => void ends.push(error, application.currentCall.served?.group));
  return ends;
}

function expectServed(ends: unknown[]): void {
  expectSame(ends, undefined, new ServedRequest(exchange.raw.raw, application).group);
}

function expectNothingServed(ends: unknown[]): void {
  expectSame(ends, undefined, undefined);
}

describe('Fastify, prepared,', () => {
  beforeEach(() => prepare(false));

  it('tells each request its application', () => {
    expect(applicationOfRequest(exchange.request)).toBe(application);
  });

  it('gives each reply its `background`', () => {
    const attached = task();
    expect(exchange.reply.background).toBeUndefined();
    exchange.reply.background = attached;
    expect(exchange.reply.background).toBe(attached);
    expectSame(batchOf(exchange.raw.raw, application), attached);
    expect(fastify.exchange().reply.background).toBeUndefined();
  });

  it('learns from a task that is attached which response that is: a hook before any of this library may do so', () => {
    exchange.reply.background = task();
    exchange.response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('meets each response, for tasks that are added by the request alone', () => {
    expectNothingServed(runHooks('onRequest'));
    addByRequest(exchange.raw);
    exchange.response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('makes no request the current one', () => {
    expect(fastify.hooks.map(({ name }) => name)).toEqual(['onRequest']);
  });

  it('leaves a response alone that nothing was assigned to', () => {
    runHooks('onRequest');
    expect('background' in exchange.response).toBe(false);
  });

  it('takes over what was assigned to a response before it was met', () => {
    const assigned = task();
    exchange.response.background = assigned;
    runHooks('onRequest');
    expect(namesOf(exchange.raw)).toEqual(['a']);
    expect(exchange.response.background).toBe(assigned);
    exchange.response.background = task('b');
    expect(namesOf(exchange.raw)).toEqual(['a', 'b']);
  });

  it('takes it over once', () => {
    rememberResponse(exchange.raw.raw, exchange.response.raw);
    exchange.response.background = task();
    runHooks('onRequest');
    expect(namesOf(exchange.raw)).toEqual([]);
  });

  it('fails a request to whose response something else was assigned', () => {
    exchange.response.background = 'send';
    expect(runHooks('onRequest')).toStrictEqual([expect.any(TypeError), undefined]);
    expect(namesOf(exchange.raw)).toEqual([]);
  });
});

describe('Fastify, prepared to remember requests,', () => {
  it('leads from one of Node to that around it, from the first hook on', () => {
    prepareFastify(fastify, { application, hasDefaultScope: false, remembersRequests: true });
    exchange = fastify.exchange();
    expect(platformRequestOf(exchange.raw.raw)).toBe(exchange.raw.raw);
    runHooks('onRequest');
    expect(platformRequestOf(exchange.raw.raw)).toBe(exchange.request);
  });
});

describe('Fastify, prepared for Scope.DEFAULT,', () => {
  beforeEach(() => prepare(true));

  it.each(['onRequest', 'preValidation'] as const)('makes each request the current one from its hook %s', (name) => {
    runHooks('onRequest');
    expectServed(runHooks(name));
  });

  it('makes a request the current one once its response has been met', () => {
    expect(fastify.hooks.map(({ name }) => name)).toEqual(['onRequest', 'onRequest', 'preValidation']);
    expectNothingServed(runHooks('preValidation'));
    expectServed(runHooks('onRequest'));
  });

  it('leaves one alone that became a WebSocket, and is never answered', () => {
    Object.assign(exchange.raw, { upgrade: true });
    expectNothingServed(runHooks('onRequest'));
    expectNothingServed(runHooks('preValidation'));
  });
});

describe.each([false, true])('middleware on Fastify, with Scope.DEFAULT %p,', (hasDefaultScope) => {
  let request: FakeRequest;
  let response: FakeResponse & Attachable;

  beforeEach(() => {
    request = new FakeRequest();
    response = new FakeResponse(request);
  });

  const passOn = (next: () => void = () => undefined): void =>
    fastifyMiddleware({ application, hasDefaultScope })(request.raw, response.raw, next);

  it('meets the response, for middleware after it that adds a task by the request and answers', () => {
    passOn(() => {
      addByRequest(request);
      response.finish();
    });
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('gives the response its `background`', () => {
    passOn(() => {
      expect(response.background).toBeUndefined();
      response.background = task();
      response.background = task('b');
      response.finish();
    });
    expect(namesOf(request)).toEqual(['a', 'b']);
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('can give it once more, for another application', () => {
    passOn();
    ({ application } = new RecordingRunner());
    passOn();
    response.background = task();
    expect(runner.accepted).toEqual([]);
    expect(namesOf(request)).toEqual(['a']);
  });

  it('takes over what was assigned to it before', () => {
    const assigned = task();
    response.background = assigned;
    passOn();
    expect(response.background).toBe(assigned);
    expect(namesOf(request)).toEqual(['a']);
  });

  it(`makes the request ${hasDefaultScope ? 'the' : 'no'} current one`, () => {
    const seen: unknown[] = [];
    passOn(() => void seen.push(application.currentCall.served?.group));
    expectSame(seen, hasDefaultScope ? new ServedRequest(request.raw, application).group : undefined);
  });
});
