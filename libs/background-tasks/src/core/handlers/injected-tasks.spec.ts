import { beforeEach, describe, expect, it } from '@jest/globals';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { FakeRequest, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { operationByHttp } from '../../../../../test/harness/fake-operation.js';
import type { Application } from '../calls/application.js';
import { OwnCall } from '../calls/own-call.js';
import { batchOf } from '../http/request.js';
import { injectedTasks } from './injected-tasks.js';

function send(): void {}

let application: Application;

beforeEach(() => {
  ({ application } = new RecordingRunner());
});

describe('the injected tasks', () => {
  it('are those of a request of HTTP, wherever they are used', () => {
    const request = new FakeRequest();
    const tasks = injectedTasks(request, application);
    const task = new OwnCall(application).within(() => tasks.addTask(send));
    expectSame(batchOf(request.raw, application), task);
  });

  it('are those of the request which carries an operation of GraphQL', () => {
    const { request, onFastify } = operationByHttp();
    const task = injectedTasks(onFastify, application).addTask(send);
    expectSame(batchOf(request.raw, application), task);
  });

  it.each<[string, unknown]>([
    ['a socket', { send }],
    ['an operation that came through a WebSocket', { extra: {} }],
    ['what a durable provider tree calls its request', { tenant: 'ada' }],
  ])('are those of the call within which they are used, for %s', (_, request) => {
    const tasks = injectedTasks(request, application);
    const call = new OwnCall(application);
    const task = call.within(() => tasks.addTask(send));
    expectSame(call.batch, task);
  });

  it('say for what they were injected where there is nothing that they could be of', () => {
    expect(() => injectedTasks({ tenant: 'ada' }, application).addTask(send)).toThrow(
      "what Nest injects as REQUEST here is no HTTP request but `{ tenant: 'ada' }` (object)",
    );
  });
});
