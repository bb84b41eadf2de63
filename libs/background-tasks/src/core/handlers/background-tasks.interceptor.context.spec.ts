import { AsyncResource } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { defer, Observable, Subject } from 'rxjs';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { resolverContext } from '../../../../../test/harness/fake-operation.js';
import type { Application } from '../calls/application.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { serveHandlers } from '../calls/shared-handlers.js';
import { ServedRequest } from '../http/request.js';
import { BackgroundTasksInterceptor, sharedInterceptor } from './background-tasks.interceptor.js';

class Handlers {}

let application: Application;
let request: FakeRequest;
let answers: Subject<string>;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  request = new FakeRequest();
  answers = new Subject();
});

const byHttp = (): ExecutionContext => contextOf('http', [request, new FakeResponse(request)], Handlers);
const byMessage = (): ExecutionContext => contextOf('rpc', ['data'], Handlers);
const byOperation = (): ExecutionContext => resolverContext({ extra: {} }, Handlers);

const intercept = (context: ExecutionContext, handle: () => Observable<unknown>) =>
  new BackgroundTasksInterceptor(application).intercept(context, { handle });
/** What nobody hears as an error, rxjs makes an uncaught one. */
const listen = (observable: Observable<unknown>) => observable.subscribe({ error: () => undefined });
const atWork = (): HandlerCall[] => [...application.openBatches.atWork];

describe.each<[string, () => ExecutionContext, boolean]>([
  ['a request of HTTP', byHttp, false],
  ['a message', byMessage, true],
  ['an operation through a WebSocket', byOperation, true],
])('the handler of %s', (_, context, isAmbient) => {
  it(`finds its call by async context: ${isAmbient}`, () => {
    const found: unknown[] = [];
    const look = (): void => void found.push(application.currentCall.call);
    const handle = () => {
      look();
      return new Observable(look);
    };
    listen(intercept(context(), handle));
    const [only] = atWork();
    const expected = isAmbient ? only : undefined;
    expect(only).toBeDefined();
    expectSame(found, expected, expected);
    expect(application.currentCall.served).toBeUndefined();
  });
});

describe('the interceptor that applications share', () => {
  it('follows a resolver of the application that has its class, and what nobody has not at all', () => {
    serveHandlers(Handlers, application);
    const of = (handlers: object) =>
      sharedInterceptor.intercept(resolverContext({ extra: {} }, handlers), { handle: () => answers });
    expect(of(class {})).toBe(answers);
    listen(of(Handlers) as Observable<unknown>);
    expect(atWork()).toHaveLength(1);
  });
});

describe('the handler of a request that is found by async context', () => {
  it('finds its call so, and its request, also where an interceptor outside has called back from elsewhere', () => {
    application.findsRequests = true;
    const other = new FakeRequest();
    const elsewhere = ServedRequest.enter(other.raw, application, () => new AsyncResource('elsewhere'));
    const found: unknown[] = [];
    const look = (): void => void found.push(application.currentCall.served?.group);
    const handle = () => (look(), new Observable(look));
    elsewhere.runInAsyncScope(() => listen(intercept(byHttp(), handle)));
    const { group } = ServedRequest.of(request.raw, application);
    expectSame(found, group, group);
    expectSame(application.openBatches.atWork, ...atWork());
  });
});

describe('the interceptor, bound more than once,', () => {
  it('enters a call again where an interceptor in between has called back from elsewhere', () => {
    const context = byMessage();
    const elsewhere = new AsyncResource('elsewhere');
    const found: unknown[] = [];
    const look = (): void => void found.push(application.currentCall.call);
    const handler = new Observable((subscriber) => {
      look();
      return answers.subscribe(subscriber);
    });
    const inner = defer(() => (look(), intercept(context, () => handler)));
    const lost = new Observable((subscriber) => elsewhere.runInAsyncScope(() => inner.subscribe(subscriber)));
    listen(intercept(context, () => lost));
    const [only] = atWork();
    expectSame(found, undefined, only);
    expectSame(atWork(), only);
  });
});
