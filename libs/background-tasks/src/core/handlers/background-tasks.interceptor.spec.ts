import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { defer, Observable, retry, Subject } from 'rxjs';
import { expectSame } from '../../../../../test/harness/expect-same.js';
import { contextOf } from '../../../../../test/harness/fake-context.js';
import { FakeRequest, FakeResponse, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import { operationByHttp, resolverContext } from '../../../../../test/harness/fake-operation.js';
import type { Application } from '../calls/application.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { lastCallOn } from '../http/request.js';
import { BackgroundTasksInterceptor } from './background-tasks.interceptor.js';

const boom = new Error('boom');

class Handlers {}

let runner: RecordingRunner;
let application: Application;
let request: FakeRequest;
let response: FakeResponse;
/** What the handler answers. */
let answers: Subject<string>;
/** What its caller hears, and how many calls were at work then. */
let heard: unknown[];

beforeEach(() => {
  runner = new RecordingRunner();
  ({ application } = runner);
  request = new FakeRequest();
  response = new FakeResponse(request);
  answers = new Subject();
  heard = [];
});

const byHttp = (): ExecutionContext => contextOf('http', [request, response], Handlers);
const byMessage = (): ExecutionContext => contextOf('rpc', ['data'], Handlers);

const intercept = (context: ExecutionContext, handle: () => Observable<unknown> = () => answers) =>
  new BackgroundTasksInterceptor(application).intercept(context, { handle });
const atWork = (): HandlerCall[] => [...application.openBatches.atWork];

/** Listens as Nest does: what nobody hears as an error, rxjs makes an uncaught one. */
function listen(observable: Observable<unknown>) {
  const hear = (what: unknown): void => void heard.push([what, atWork().length]);
  return observable.subscribe({ next: hear, error: hear, complete: () => hear('complete') });
}

/** Calls the handler as Nest does, with the tasks that it adds. */
function call(context: ExecutionContext, handle?: () => Observable<unknown>) {
  const subscription = listen(intercept(context, handle));
  const [only] = atWork();
  only?.newTasks().addTask(() => undefined);
  return { subscription, only };
}

describe('the interceptor', () => {
  it('leaves a call alone that something unknown has brought', () => {
    expect(intercept(contextOf('necord', [], Handlers))).toBe(answers);
  });

  it.each([undefined, {}])('leaves a call alone where it was given %p for an application', (given) => {
    const without = new BackgroundTasksInterceptor(given as Application | undefined);
    for (const context of [byHttp(), byMessage()]) {
      expect(without.intercept(context, { handle: () => answers })).toBe(answers);
    }
  });

  it('leaves a call alone that is none of its transport', () => {
    expect(intercept(contextOf('http', ['no request', response], Handlers))).toBe(answers);
  });

  it('has a call at work from when its answers are subscribed to', () => {
    const followed = intercept(byHttp());
    expect(atWork()).toEqual([]);
    listen(followed);
    expectSame(atWork(), lastCallOn(request.raw));
  });

  it('passes on all answers, and the call has ended when its caller hears of the end', () => {
    const { only } = call(byHttp());
    answers.next('one');
    answers.next('two');
    answers.complete();
    expect(heard).toEqual([
      ['one', 1],
      ['two', 1],
      ['complete', 0],
    ]);
    expect(only?.state).toBe('completed');
  });

  it('passes on an error, and the call has ended when its caller hears of it', () => {
    const { only } = call(byHttp());
    answers.error(boom);
    expect(heard).toEqual([[boom, 0]]);
    expect(only?.state).toBe('errored');
  });

  it.each([
    ['torn down', true],
    ['given up', false],
  ])('ends a call that is %s: its client has left: %p', (state, destroyed) => {
    const { only, subscription } = call(byHttp());
    request.socket.destroyed = destroyed;
    response.headersSent = true;
    subscription.unsubscribe();
    expect(only?.state).toBe(state);
    expect(answers.observed).toBe(false);
    expect(atWork()).toEqual([]);
  });

  it('ends a call also where the teardown of its handler throws', () => {
    const handler = new Observable(() => () => {
      throw boom;
    });
    const { only, subscription } = call(byHttp(), () => handler);
    expect(() => subscription.unsubscribe()).toThrow('boom');
    expect(only?.state).toBe('given up');
  });

  it.each<[string, () => void, string]>([
    ['completes', () => answers.complete(), 'success'],
    ['throws', () => answers.error(boom), 'failure'],
  ])('makes of a handler that %s the outcome of its response', (_, end, outcome) => {
    call(byHttp());
    response.finish();
    expect(runner.settlements).toEqual([]);
    end();
    expect(runner.settlements).toMatchObject([{ outcome, aborted: false }]);
  });

  it.each([
    [true, 'success'],
    [false, 'failure'],
  ])('tells the call that it has answered before it is torn down: %p is a %s', async (hasAnswered, outcome) => {
    const { subscription } = call(byMessage());
    if (hasAnswered) answers.next('one');
    subscription.unsubscribe();
    await turn();
    expect(runner.settlements).toMatchObject([{ outcome, aborted: true }]);
  });

  it('follows a resolver for the response that will carry its result', () => {
    const operation = operationByHttp();
    call(resolverContext(operation.onExpress, Handlers));
    operation.response.finish();
    expect(runner.settlements).toEqual([]);
    answers.complete();
    expect(runner.settlements).toMatchObject([{ outcome: 'success', aborted: false }]);
  });
});

describe('the interceptor, bound more than once,', () => {
  /** As Nest nests interceptors: what is inside is not called before the answers of what is outside are subscribed to. */
  const twice = (context: ExecutionContext): Observable<unknown> =>
    intercept(context, () => defer(() => intercept(context)));

  it('follows a call once', () => {
    const context = byHttp();
    listen(twice(context));
    expectSame(atWork(), lastCallOn(request.raw));
    expect(intercept(context)).toBe(answers);
  });

  it('follows the calls of several contexts at the same time', () => {
    for (const context of [byMessage(), byMessage()]) listen(twice(context));
    expect(atWork()).toHaveLength(2);
  });

  it('follows a call again that is made again after its end', () => {
    const context = byHttp();
    const followed = defer(() => twice(context));
    listen(followed.pipe(retry(1)));
    const [first] = atWork();
    const failing = answers;
    answers = new Subject();
    failing.error(boom);
    const [second] = atWork();
    answers.complete();
    expect([first?.state, second?.state]).toEqual(['errored', 'completed']);
    expect(lastCallOn(request.raw)).toBe(second);
  });
});
