import { after } from '../batch/clock.js';
import { NotIdleError, WaitsForItselfError } from '../errors/background-tasks.errors.js';
import { counted, quoted, wrongValue } from '../errors/wording.js';
import type { Served } from '../calls/served.js';
import { HandlerCall } from '../calls/handler-call.js';
import type { UnfinishedBatches, Wait } from '../calls/unfinished-batches.js';
import { RequestCall } from '../http/request-call.js';
import { checkKnown } from '../tasks/task-options.js';
import { batchOfAttempt } from './attempt.js';
import { attemptHere } from './current-task.js';
import { namesIn } from './names-in.js';
import type { Scheduler } from './scheduler.js';

/** What `idle()` takes. */
export interface IdleOptions {
  /** Milliseconds after which it rejects. @default none */
  timeout?: number;
}

/** Resolves when every batch that `scheduler` knows now has finished. */
export function whenIdle(scheduler: Scheduler, options: IdleOptions): Promise<void> {
  try {
    const timeout = timeoutOf(options);
    refuseToWaitForItself(scheduler);
    const { unfinished } = scheduler.application.openBatches;
    if (timeout === Infinity || unfinished.size === 0) return unfinished.whenFinished();
    return whenFinishedWithin(timeout, unfinished, (wait) => new NotIdleError(timeout, what(scheduler, wait)));
  } catch (error) {
    // eslint-disable-next-line typescript/prefer-promise-reject-errors -- nothing else is thrown here
    return Promise.reject(error);
  }
}

function timeoutOf(options: IdleOptions): number {
  if (typeof options !== 'object' || options === null) throw wrongValue('options', 'an object', options);
  checkKnown('options', options, ['timeout']);
  const { timeout = Infinity } = options;
  if (typeof timeout !== 'number' || !(timeout >= 0)) throw wrongValue('timeout', 'milliseconds from 0', timeout);
  return timeout;
}

function whenFinishedWithin(
  timeout: number,
  unfinished: UnfinishedBatches,
  errorOf: (wait: Wait) => Error,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const wait = unfinished.onceFinished(() => {
      cancel();
      resolve();
    });
    const cancel = after(timeout, () => {
      wait.cancel();
      reject(errorOf(wait));
    });
  });
}

function what(scheduler: Scheduler, wait: Wait): string {
  const batches = wait.batches();
  const { running, pending } = namesIn(batches);
  const handlers = scheduler.application.openBatches.countCallsOn(batches);
  return [
    ...(running.length > 0 ? [`Running: ${quoted(running, 5)}.`] : []),
    ...(pending.length > 0 ? [`Waiting: ${quoted(pending, 5)}.`] : []),
    ...(handlers > 0 ? [`In flight: ${counted(handlers, 'handler')}.`] : []),
  ].join(' ');
}

/** @throws WaitsForItselfError where whoever calls is among what is waited for. */
function refuseToWaitForItself({ application }: Scheduler): void {
  const { unfinished } = application.openBatches;
  const here = attemptHere();
  if (here?.isAtWork === true && unfinished.has(batchOfAttempt(here.attempt))) {
    throw new WaitsForItselfError(`the background task \`${here.attempt.name}\``);
  }
  for (const served of application.currentCall.allServed) {
    const where = placeOf(served, unfinished);
    if (where !== undefined) throw new WaitsForItselfError(where);
  }
}

/** Where that is, if whoever is at work there would wait for themselves. */
function placeOf(served: Served, unfinished: UnfinishedBatches): string | undefined {
  // one that is at work may still add a task
  if (served instanceof HandlerCall && !(served instanceof RequestCall)) {
    return served.state === 'running' ? 'scope(), or the handler of a message or a resolver' : undefined;
  }
  const batch = served.existingBatch;
  const batches = batch === undefined ? [] : [batch, ...(batch.handover?.batches ?? [])];
  const waits = batches.some((each) => unfinished.has(each) && each.settling.settlement === undefined);
  return waits ? 'an HTTP handler that has background tasks' : undefined;
}
