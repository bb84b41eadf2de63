import { finalize, isObservable, Observable, tap } from 'rxjs';
import { setImmediate } from '../batch/clock.js';
import type { HandlerCall } from '../calls/handler-call.js';
import { isThenable, lookAt } from '../errors/safely.js';
import { heldBack } from './before-answer.js';

/*
 * How what becomes of a handler is followed. There are two means, an interceptor and a method that stands in for the
 * handler's; both come here, and no rule knows which it was.
 */

/** A method of a class with handlers. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What `answers` is, where `call` is the one that it answers: at work from when somebody subscribes. */
export function followAnswers(call: HandlerCall, answers: Observable<unknown>): Observable<unknown> {
  return heldBack(call, answers).pipe(
    tap({
      subscribe: () => call.start(),
      next: () => call.answer(),
      complete: () => call.end('completed'),
      error: () => call.end('errored'),
    }),
    // not the tap's own `unsubscribe`: it is not called where the teardown of the handler throws
    finalize(() => call.end('torn down')),
  );
}

/** What `method` returns, called as the handler whose call is `call`: a value, a promise, or an observable. */
export function followMethod(call: HandlerCall, method: Method, self: object, args: unknown[]): unknown {
  call.start();
  try {
    return followResult(call, call.isAmbient ? within(call, method, self, args) : Reflect.apply(method, self, args));
  } catch (error) {
    return fail(call, error);
  }
}

/** Subscribes to `answers` in the async context of `call`, where that is how it is found. */
export function answersWithin(call: HandlerCall, answers: Observable<unknown>): Observable<unknown> {
  if (!call.isAmbient) return answers;
  return new Observable((subscriber) => call.within(() => answers.subscribe(subscriber)));
}

function within(call: HandlerCall, method: Method, self: object, args: unknown[]): unknown {
  return call.within(() => Reflect.apply(method, self, args));
}

/** Whatever it throws is a failure of `call`, which would be at work for ever. */
function followResult(call: HandlerCall, result: unknown): unknown {
  try {
    if (isObservable(result)) return followObservable(call, result);
    return isThenable(result) ? followPromise(call, Promise.resolve(result)) : complete(call, result);
  } catch (error) {
    return fail(call, error);
  }
}

/** It is at work until Nest subscribes, too: its response may be over by then. But it may be that nobody ever does. */
function followObservable(call: HandlerCall, result: Observable<unknown>): Observable<unknown> {
  let isSubscribed = false;
  const answers = new Observable((subscriber) => {
    isSubscribed = true;
    // and not by `from()`, which does not take those of another rxjs by their shape, as Nest does
    return result.subscribe(subscriber);
  });
  setImmediate(() => {
    if (!isSubscribed) call.suspend();
  });
  return followAnswers(call, answersWithin(call, answers));
}

/** `Promise.resolve()` before, so that `then` is called once: a lazy one, as that of a query, begins its work each time. */
function followPromise(call: HandlerCall, promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => followResult(call, value),
    (error: unknown) => fail(call, error),
  );
}

function complete(call: HandlerCall, result: unknown): unknown {
  const end = (): unknown => {
    call.end('completed');
    return result;
  };
  if (!call.isHeldBack) return end();
  const storing = call.storeBefore('success');
  return storing === undefined ? end() : storing.then(end, (error: unknown) => fail(call, error));
}

/** Throws `error`, or rejects with it where something has to be stored before; whatever becomes of that. */
function fail(call: HandlerCall, error: unknown): Promise<never> {
  const storing = call.isHeldBack ? storingBeforeFailure(call) : undefined;
  if (storing === undefined) return end(call, error);
  const endIt = (): never => end(call, error);
  return storing.then(endIt, endIt);
}

function storingBeforeFailure(call: HandlerCall): Promise<void> | undefined {
  return lookAt(() => call.storeBefore('failure'), undefined);
}

function end(call: HandlerCall, error: unknown): never {
  call.end('errored');
  throw error;
}
