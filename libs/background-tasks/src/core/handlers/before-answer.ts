import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  ignoreElements,
  map,
  type Observable,
  of,
  throwError,
} from 'rxjs';
import type { HandlerCall } from '../calls/handler-call.js';
import type { Outcome } from '../tasks/task-context.js';

/*
 * The gate of the handler: what has to be stored before its caller is told anything. Where nothing ever is, nothing of this
 * is made, and nothing waits.
 */

/** `answers`, each and their end only once what was added before it is stored. */
export function heldBack(call: HandlerCall, answers: Observable<unknown>): Observable<unknown> {
  if (!call.isHeldBack) return answers;
  const values = call.answersEach ? answers.pipe(concatMap((value) => afterStoring(call, value))) : answers;
  return concat(values, stored(call, 'success')).pipe(
    catchError((error: unknown) =>
      concat(
        stored(call, 'failure').pipe(catchError(() => EMPTY)),
        throwError(() => error),
      ),
    ),
  );
}

function afterStoring(call: HandlerCall, value: unknown): Observable<unknown> {
  const storing = call.storeBefore('success');
  return storing === undefined ? of(value) : defer(() => storing).pipe(map(() => value));
}

/** Completes once what was added is stored. */
function stored(call: HandlerCall, outcome: Outcome): Observable<never> {
  return defer(() => call.storeBefore(outcome) ?? EMPTY).pipe(ignoreElements());
}
