import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { concat, NEVER, Observable, type Observer, of, Subject, throwError } from 'rxjs';
import { deferred } from '../../../../../test/harness/deferred.js';
import { FakeRequest, RecordingRunner } from '../../../../../test/harness/fake-exchange.js';
import type { Application } from '../calls/application.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { OwnCall } from '../calls/own-call.js';
import { RequestCall } from '../http/request-call.js';
import { followMethod } from './follow.js';

const boom = new Error('boom');
const fail = (): never => {
  throw boom;
};

let application: Application;
let call: OwnCall;
let answers: Subject<string>;

beforeEach(() => {
  ({ application } = new RecordingRunner());
  call = new OwnCall(application);
  answers = new Subject();
});

const follow = (method: () => unknown, by: HandlerCall = call): unknown => followMethod(by, method, {}, []);
const subscribeTo = (result: unknown) => {
  const heard: unknown[] = [];
  const hear = (what: unknown): void => void heard.push(what);
  const subscription = (result as Observable<unknown>).subscribe({
    next: hear,
    error: hear,
    complete: () => hear('complete'),
  });
  return { heard, subscription };
};

/** By shape alone: nothing of it is of this copy of rxjs. */
const foreign = (own: Observable<unknown>) => ({
  lift: () => undefined,
  subscribe: (observer: Observer<unknown>) => own.subscribe(observer),
});

describe('followMethod', () => {
  it('calls the method as it was called, at work from before', () => {
    const self = {};
    const method = jest.fn(function (this: unknown, ...args: unknown[]) {
      return [this === self, args, call.state];
    });
    expect(followMethod(call, method, self, ['one', 2])).toEqual([true, ['one', 2], 'running']);
    expect(call.state).toBe('completed');
    expect(method).toHaveBeenCalledTimes(1);
  });

  it.each([undefined, null, 'text', 0, { subscribe: 1 }, []])('returns what it returns: %p', (value) => {
    expect(follow(() => value)).toBe(value);
    expect(call.state).toBe('completed');
  });

  it('throws what it throws, which is a failure', () => {
    expect(() => follow(fail)).toThrow(boom);
    expect(call.state).toBe('errored');
  });

  it('is at work until a promise is settled', async () => {
    const promise = deferred<string>();
    const result = follow(() => promise.promise);
    expect(call.state).toBe('running');
    promise.resolve('fine');
    expect(await result).toBe('fine');
    expect(call.state).toBe('completed');
  });

  it('rejects with what a promise rejects with, which is a failure', async () => {
    await expect(follow(() => Promise.reject(boom))).rejects.toBe(boom);
    expect(call.state).toBe('errored');
  });

  it.each<[string, (then: unknown) => unknown]>([
    // eslint-disable-next-line unicorn/no-thenable -- as query builders are
    ['an object', (then) => ({ then })],
    // eslint-disable-next-line unicorn/no-thenable -- as some of them are
    ['a function', (then) => Object.assign(() => undefined, { then })],
    [
      'a proxy that answers what it does not have',
      (then) => new Proxy({}, { get: (_, key) => key === 'then' && then }),
    ],
  ])('calls the `then` of a lazy thenable once: %s', async (_, thenable) => {
    const then = jest.fn((resolve: (value: string) => void): void => {
      resolve('fine');
    });
    const result = follow(() => thenable(then));
    expect(call.state).toBe('running');
    expect(await result).toBe('fine');
    expect(then).toHaveBeenCalledTimes(1);
    expect(call.state).toBe('completed');
  });

  it.each<[string, () => unknown]>([
    ['a value', () => ({})],
    ['what a promise has', () => Promise.resolve({})],
  ])('ends a call where nobody can look at %s', async (_, make) => {
    const trap = { get: fail, has: fail };
    const unseen = (): unknown => {
      const made = make();
      return made instanceof Promise ? made.then((value: object) => new Proxy(value, trap)) : new Proxy({}, trap);
    };
    await expect((async () => follow(unseen))()).rejects.toBe(boom);
    expect(call.state).toBe('errored');
  });
});

describe('an observable that a method returns', () => {
  it.each<[string, () => unknown, unknown[], string]>([
    ['one value', () => of('one'), ['one', 'complete'], 'completed'],
    ['many', () => of('one', 'two'), ['one', 'two', 'complete'], 'completed'],
    ['none', () => of(), ['complete'], 'completed'],
    ['an error', () => concat(of('one'), throwError(fail)), ['one', boom], 'errored'],
    ['those of another rxjs', () => foreign(of('one')), ['one', 'complete'], 'completed'],
    ['nothing that can be subscribed to', () => ({ lift: fail, subscribe: fail }), [boom], 'errored'],
  ])('is followed to its end: %s', (_, make, expected, state) => {
    expect(subscribeTo(follow(make)).heard).toEqual(expected);
    expect(call.state).toBe(state);
  });

  it('is followed where a promise brings it', async () => {
    const result = await follow(() => Promise.resolve(answers));
    expect(call.state).toBe('running');
    const { heard } = subscribeTo(result);
    await turn();
    answers.next('one');
    expect([heard, call.state]).toEqual([['one'], 'running']);
    answers.complete();
    expect(call.state).toBe('completed');
  });

  it('is at work until somebody has had the time to subscribe, and then when somebody does', async () => {
    const result = follow(() => answers);
    expect(call.state).toBe('running');
    await turn();
    expect([call.state, application.openBatches.atWork.size]).toEqual(['unseen', 0]);
    subscribeTo(result);
    expect([call.state, application.openBatches.atWork.size]).toEqual(['running', 1]);
  });

  it('is torn down where it is unsubscribed from', () => {
    subscribeTo(follow(() => NEVER)).subscription.unsubscribe();
    expect(call.state).toBe('torn down');
  });
});

describe('a call that is found by async context', () => {
  it('is found in the method and where its observable is subscribed to, one of HTTP in neither', () => {
    const look = (): unknown => application.currentCall.call;
    const looks = new Observable((subscriber) => subscriber.next(look()));
    const ofRequest = new RequestCall(new FakeRequest().raw, application);
    for (const [by, found] of [[call, call] as const, [ofRequest, undefined] as const]) {
      expect(follow(look, by)).toBe(found);
      expect(subscribeTo(follow(() => looks, by)).heard[0]).toBe(found);
    }
  });
});
