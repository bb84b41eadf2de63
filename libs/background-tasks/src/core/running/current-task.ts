import { AsyncLocalStorage } from 'node:async_hooks';
import process from 'node:process';
import { setImmediate } from '../batch/clock.js';
import { findAttemptBy } from '../tasks/started.js';
import type { TaskContext } from '../tasks/task-context.js';
import type { Attempt } from './attempt.js';

/** The attempt that is made here, until its function has ended: what goes on after that must not keep it alive. */
interface Current {
  attempt: Attempt | undefined;
}

const storage = new AsyncLocalStorage<Current>();

findAttemptBy(() => storage.getStore()?.attempt);

/** How many need the storage: calls that have a current task and are not over, and whoever makes them. */
let holders = 0;

/** Whether somebody looks after this turn of the event loop whether the storage is still needed. */
let isLookedAfter = false;

/** From Node 24 on, an `AsyncLocalStorage` that is in use costs those nothing who do not use it. */
const costsOthers = Number.parseInt(process.versions.node, 10) < 24;

/**
 * Keeps the storage in use from one call to the next; each hold needs a release.
 *
 * Before Node 24, an `AsyncLocalStorage` in use makes every promise of the process dearer, those of requests without
 * tasks, too. So it is given up when nobody holds it, but once in a turn of the event loop at most: using it again costs
 * more than a small task.
 */
export function holdCurrentTask(): void {
  holders++;
}

export function releaseCurrentTask(): void {
  holders--;
  if (!costsOthers || holders > 0 || isLookedAfter) return;
  isLookedAfter = true;
  setImmediate(giveUpUnused).unref();
}

function giveUpUnused(): void {
  isLookedAfter = false;
  if (holders === 0) storage.disable();
}

/**
 * The task that is running here, or `undefined` outside one.
 *
 * It follows the task through its awaits and timers, also after a timeout, until its function has
 * ended. What the task started without awaiting it has none from then on.
 */
export function currentTask(): TaskContext | undefined {
  return storage.getStore()?.attempt;
}

/** What is running here as long as others wait for it: an attempt that has not ended and was not told to stop. */
export function attemptHere(): { readonly attempt: Attempt; readonly isAtWork: boolean } | undefined {
  const current = storage.getStore();
  const attempt = current?.attempt;
  return (
    attempt && {
      attempt,
      get isAtWork() {
        return current?.attempt !== undefined && attempt.stopReason === undefined;
      },
    }
  );
}

/**
 * Makes `call` as `attempt`, which is current until the promise that it returns has settled.
 *
 * That promise is handed to `limit` within the same context; what `limit` makes of it is returned. Both get `subject`.
 */
export function runAsCurrentTask<S>(
  attempt: Attempt,
  call: (subject: S) => Promise<void> | undefined,
  limit: (subject: S, work: Promise<void>) => Promise<void>,
  subject: S,
): Promise<void> | undefined {
  const current: Current = { attempt };
  let work: Promise<void> | undefined;
  holdCurrentTask();
  try {
    work = storage.run(current, call, subject);
    return work && storage.run(current, limit, subject, work);
  } finally {
    if (work === undefined) end(current);
    else endAfter(work, current);
  }
}

function endAfter(work: Promise<void>, current: Current): void {
  const endIt = (): void => end(current);
  work.then(endIt, endIt);
}

function end(current: Current): void {
  current.attempt = undefined;
  releaseCurrentTask();
}
