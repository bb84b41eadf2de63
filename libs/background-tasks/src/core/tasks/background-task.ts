import { markAsOfThisCopy } from '../errors/other-copies.js';
import { hasDurableMethods } from './durable-task.decorator.js';
import type { DurableMethod } from './planned-call.js';
import { checkCarried } from './carried-options.js';
import { friendOfTasks, Task } from './task.js';
import type { TaskConstructor } from './task-constructor.js';
import type { Started } from './started.js';
import type { BackgroundTaskOptions } from './task-options.js';
import type { EndingAttempt } from './task-result.js';
import type { RunningCall, WaitingCall, Within } from './waiting-calls.js';

/**
 * One function call, written down now and made after the response.
 *
 * The function may be sync or async. Whatever thenable it returns is awaited. An Observable is subscribed to and awaited,
 * and unsubscribed from when its attempt is given up, by a timeout or a shutdown. A generator object is a failure, since
 * nobody would iterate it. Arguments are held by reference: pass a copy if you mean to change the original. The idea is
 * Starlette's `BackgroundTask`.
 *
 * A batch holds a task once: adding it there again, while it waits, changes nothing. Added to two responses, it is called
 * twice. A class of your own that overrides `run()` is run by it.
 *
 * No other type has its private fields: what merely looks like a task is none.
 *
 * @example
 * res.background = new BackgroundTask(sendWelcome, email);
 * res.background = new BackgroundTask(mailer, 'sendWelcome', email);
 */
export interface BackgroundTask extends Task {}

export const BackgroundTask: TaskConstructor<BackgroundTask> = Task;
markAsOfThisCopy(Task.prototype);

/** What the function of `task` is called with. */
export function argsOf(task: BackgroundTask): readonly unknown[] {
  return friendOfTasks.argsOf(task);
}

/** What a durable task calls; `undefined` for every other one. */
export function durableOf(task: BackgroundTask): DurableMethod | undefined {
  return hasDurableMethods() ? friendOfTasks.durableOf(task) : undefined;
}

/** @throws TypeError where `task` is durable, and `options`, which are to hold for it, have what a worker cannot be told. */
export function checkCarriedWith(task: BackgroundTask, options: BackgroundTaskOptions): void {
  if (durableOf(task) !== undefined) checkCarried(options, task.name);
}

/** What `with()` has said of `task` so far. */
export function optionsOf(task: BackgroundTask): BackgroundTaskOptions {
  return friendOfTasks.optionsOf(task);
}

/**
 * Makes the call of `task` like `run()`, without the cost of a promise where the function gave none.
 *
 * Unlike `run()`, it throws what the function throws at once. An Observable is waited for as long as `attempt` is.
 */
export function startTask(
  task: BackgroundTask,
  attempt?: EndingAttempt,
  call?: RunningCall,
): Promise<void> | undefined {
  return friendOfTasks.start(task, attempt, call);
}

/** The attempt that `super.run()` is called in here, by a class that has its own `run()`; none where that is by hand. */
export function startedHere(task: BackgroundTask): Started | undefined {
  return friendOfTasks.started(task);
}

/** Says where to find what is within a task that is run by its own class. */
export function lookWithinBy(look: (task: BackgroundTask) => Within | undefined): void {
  friendOfTasks.lookWithinBy(look);
}

/** Notes that `call`, one of `task`, waits in its batch. */
export function holdCall(task: BackgroundTask, call: WaitingCall): void {
  friendOfTasks.hold(task, call);
}

/** Notes that `call`, one of `task`, waits no longer: it starts, or is skipped. */
export function takeCall(task: BackgroundTask, call: WaitingCall): void {
  friendOfTasks.take(task, call);
}

/** Notes that a call of `task` begins: its attempts are to come. */
export function beginCall(task: BackgroundTask, call: RunningCall): void {
  friendOfTasks.begin(task, call);
}

/** Notes that a call of `task` that has begun is over: there will be no further attempt. */
export function endCall(task: BackgroundTask, call: RunningCall): void {
  friendOfTasks.end(task, call);
}

/** Whether adding `task` to `batch` changes nothing: it waits there, or was cancelled there. */
export function hasPlaceIn(task: BackgroundTask, batch: object): boolean {
  return friendOfTasks.hasPlaceIn(task, batch);
}

/** Makes a call of `task`, which is one of `group`, now: one attempt. */
export async function runByHand(task: BackgroundTask, group: object): Promise<void> {
  const call = { group };
  beginCall(task, call);
  try {
    await startTask(task);
  } finally {
    endCall(task, call);
  }
}

/** @throws Error when something within `task` belongs to another response than that of `batch`. */
export function checkMayJoin(task: BackgroundTask, batch: object): void {
  friendOfTasks.checkMayJoin(task, batch);
}

/**
 * Whether adding `task` to `batch` changes something.
 *
 * @throws Error as `checkMayJoin`.
 */
export function isNewTo(task: BackgroundTask, batch: object): boolean {
  if (hasPlaceIn(task, batch)) return false;
  checkMayJoin(task, batch);
  return true;
}

/** As `task.cancel()`, also where a class has its own. */
export function cancelTask(task: BackgroundTask): boolean {
  return friendOfTasks.cancel(task);
}

/** Cancels each call of `task` that waits, if it was cancelled before it was in any batch. */
export function cancelAgain(task: BackgroundTask): void {
  if (friendOfTasks.isCancelled(task)) friendOfTasks.cancel(task);
}

/** Whether `task` will not start any more. */
export function isCancelled(task: BackgroundTask): boolean {
  return friendOfTasks.isCancelled(task);
}
