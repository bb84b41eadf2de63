import { platformRequestOf } from '../platform-request.js';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../../test/harness/expect-same.js';
import { FakeRequest, RecordingRunner } from '../../../../../../test/harness/fake-exchange.js';
import { FakeFastify } from '../../../../../../test/harness/fake-platforms.js';
import type { Application } from '../../calls/application.js';
import { applicationOfRequest } from '../../calls/shared-requests.js';
import { BackgroundTask } from '../../tasks/background-task.js';
import { batchOf, rememberResponse, ServedRequest, tasksOfRequest } from '../request.js';
import { prepareFastify } from './fastify.js';

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
  expectSame(ends, undefined, ServedRequest.of(exchange.raw.raw, application).group);
}

function expectNothingServed(ends: unknown[]): void {
  expectSame(ends, undefined, undefined);
}

describe('Fastify, prepared,', () => {
  beforeEach(() => prepare(false));

  it('tells each request its application', () => {
    expect(applicationOfRequest(exchange.request)).toBe(application);
  });

  it('refuses an instance whose replies have a `background` of a plugin: nobody could tell which is meant', () => {
    expect(() => prepare(false)).toThrow(
      new Error(
        'Cannot prepare Fastify for nestjs-background-tasks: a plugin, or another copy of this library, has decorated ' +
          'replies with `background` already, and `reply.background` is what takes the tasks of a response. Give what ' +
          'the plugin decorates another name, or have one copy installed.',
      ),
    );
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
    exchange.response.background = task();
    runHooks('onRequest');
    runHooks('onRequest');
    expect(namesOf(exchange.raw)).toEqual(['a']);
  });

  it('takes it over also of a response that is known', () => {
    rememberResponse(exchange.raw.raw, exchange.response.raw);
    exchange.response.background = task();
    runHooks('onRequest');
    expect(namesOf(exchange.raw)).toEqual(['a']);
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

  it('makes each request the current one in every hook that is added', () => {
    fastify.addHook('preValidation', (_request, _reply, done) => done());
    expectServed(runHooks('preValidation'));
  });

  it('meets the response of a request at the first of them', () => {
    exchange.response.background = task();
    fastify.addHook('preValidation', (_request, _reply, done) => done());
    runHooks('preValidation');
    expect(namesOf(exchange.raw)).toEqual(['a']);
    exchange.response.finish();
    expect(runner.settlements).toMatchObject(succeeded);
  });

  it('leaves one alone that became a WebSocket, and is never answered', () => {
    Object.assign(exchange.raw, { upgrade: true });
    fastify.addHook('preValidation', (_request, _reply, done) => done());
    expectNothingServed(runHooks('onRequest'));
    expectNothingServed(runHooks('preValidation'));
  });
});
