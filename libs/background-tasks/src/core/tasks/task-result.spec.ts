import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { from, map, Observable, of, Subject, throwError } from 'rxjs';
import { type EndingAttempt, waitForResult } from './task-result.js';

const boom = new Error('boom');

/** An attempt that a test gives up. */
class FakeAttempt implements EndingAttempt {
  giveUp: (reason: unknown) => void = () => undefined;

  onceGivenUp(callback: (reason: unknown) => void): void {
    this.giveUp = callback;
  }
}

describe('what a task has returned', () => {
  it.each([undefined, null, 0, 'sent', true, Symbol('sent'), () => 'sent', {}, [1, 2]])(
    'is waited for in no promise, if it has nothing to wait for: %p',
    (result) => {
      expect(waitForResult(result)).toBeUndefined();
    },
  );

  it('is awaited, if it is a promise', async () => {
    await expect(waitForResult(Promise.resolve('sent'))).resolves.toBeUndefined();
    await expect(waitForResult(Promise.reject(boom))).rejects.toBe(boom);
  });

  it('is awaited within the async context of its task, if it is a thenable that begins when it is', async () => {
    const storage = new AsyncLocalStorage<string>();
    const began: unknown[] = [];
    const lazy = {
      // eslint-disable-next-line unicorn/no-thenable -- as a query builder
      then(done: () => void) {
        began.push(storage.getStore());
        done();
      },
    };
    await storage.run('task', () => waitForResult(lazy));
    await storage.run('task', () => waitForResult(Object.assign(() => undefined, lazy)));
    expect(began).toEqual(['task', 'task']);
  });

  it('may be iterated by nobody, if it is a list or a stream', () => {
    async function* rows(): AsyncGenerator<number> {
      yield 1;
    }
    const [list, iterable] = [new Set([1]), { [Symbol.asyncIterator]: () => rows() }];
    expect([waitForResult(list), waitForResult(iterable), waitForResult([1][Symbol.iterator]())]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  function* sync(): Generator<number> {
    yield 1;
  }
  async function* async(): AsyncGenerator<number> {
    yield 1;
  }

  it.each([
    ['sync', sync],
    ['async', async],
  ])('is a failure, if it is a generator object: %s', async (_, generate) => {
    const message = 'nobody iterates the generator object that it returned, so nothing in it has run. Make it';
    expect(() => waitForResult(generate())).toThrow(TypeError);
    expect(() => waitForResult(generate())).toThrow(message);
    await expect(waitForResult(promised(generate()))).rejects.toThrow(message);
  });
});

/** In a promise, which a generator object may be: it is no thenable. */
async function promised(value: object): Promise<unknown> {
  return value;
}

describe('an Observable that a task has returned', () => {
  it('is subscribed to at once, in the async context of its task, and awaited until it completes', async () => {
    const storage = new AsyncLocalStorage<string>();
    const subject = new Subject<string>();
    const seen: unknown[] = [];
    const observable = new Observable<string>((subscriber) => {
      seen.push(storage.getStore());
      return subject.subscribe(subscriber);
    });
    const waiting = storage.run('task', () => waitForResult(observable.pipe(map((value) => seen.push(value)))));
    void waiting?.then(() => seen.push('ended'));
    subject.next('value');
    await setImmediate();
    subject.complete();
    await waiting;
    expect(seen).toEqual(['task', 'value', 'ended']);
  });

  it('fails the task with its error, or with what its subscription throws', async () => {
    await expect(waitForResult(throwError(() => boom))).rejects.toBe(boom);
    const throwing = new Observable(() => {
      throw boom;
    });
    await expect(waitForResult(throwing)).rejects.toBe(boom);
  });

  it('may be what a promise resolves to', async () => {
    await expect(waitForResult(promised(of(1)))).resolves.toBeUndefined();
    await expect(waitForResult(promised(throwError(() => boom)))).rejects.toBe(boom);
  });

  it('may be of any copy of rxjs', async () => {
    const subscribe = jest.fn((observer: { complete(): void }) => observer.complete());
    await waitForResult({ lift: () => undefined, subscribe });
    expect(subscribe).toHaveBeenCalledTimes(1);
  });

  it('is unsubscribed from when its attempt is given up, for which it fails', async () => {
    const [attempt, teardown] = [new FakeAttempt(), jest.fn()];
    const waiting = waitForResult(new Observable(() => teardown), attempt);
    expect(teardown).not.toHaveBeenCalled();
    attempt.giveUp(boom);
    expect(teardown).toHaveBeenCalledTimes(1);
    await expect(waiting).rejects.toBe(boom);
  });

  it('is subscribed to no more when its attempt was given up before', async () => {
    const subscribe = jest.fn<() => void>();
    const given = { onceGivenUp: (callback: (reason: unknown) => void) => callback(boom) };
    await expect(waitForResult(new Observable(subscribe), given)).rejects.toBe(boom);
    expect(subscribe).not.toHaveBeenCalled();
  });

  it('may throw when it is torn down, at each of its ends', async () => {
    const attempt = new FakeAttempt();
    const subject = new Subject<void>();
    const throwing = new Observable<void>((subscriber) => {
      subject.subscribe(subscriber);
      return () => {
        throw new Error('teardown');
      };
    });
    const [completed, given] = [throwing.pipe(map(() => 1)), from(throwing)];
    const waiting = [waitForResult(completed), waitForResult(given, attempt)];
    attempt.giveUp(boom);
    expect(() => subject.complete()).not.toThrow();
    await expect(waiting[0]).resolves.toBeUndefined();
    await expect(waiting[1]).rejects.toBe(boom);
    const failing = waitForResult(throwing);
    await expect(failing).resolves.toBeUndefined();
  });
});
