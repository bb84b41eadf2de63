import { markAsOfThisCopy } from '../errors/other-copies.js';
import { planCall, type PlannedCall } from './planned-call.js';
import type { TaskConstructor } from './task-constructor.js';
import { type BackgroundTaskOptions, mergeTaskOptions, tooLateError } from './task-options.js';
import { type EndingAttempt, waitForResult } from './task-result.js';
import { isHeldBy, listOf, type WaitingCall, type WaitingCalls, withCall, withoutCall } from './waiting-calls.js';

/** What the library may do with a task, and its users may not: a friend of the class. */
interface Friend {
  argsOf(task: BackgroundTask): readonly unknown[];
  optionsOf(task: BackgroundTask): BackgroundTaskOptions;
  start(task: BackgroundTask, attempt?: EndingAttempt): Promise<void> | undefined;
  hold(task: BackgroundTask, call: WaitingCall): void;
  take(task: BackgroundTask, call: WaitingCall): void;
  hasPlaceIn(task: BackgroundTask, batch: WaitingCall['batch']): boolean;
  cancel(task: BackgroundTask): boolean;
  isCancelled(task: BackgroundTask): boolean;
}

let friend: Friend;

/** What `BackgroundTask` is: its constructor is another, since that has type parameters. */
class Task {
  /** As everybody knows them. */
  static readonly name = 'BackgroundTask';

  readonly #call: PlannedCall;
  #options: BackgroundTaskOptions;
  /** Whether any of its calls was made, or left its batch to be made or skipped. */
  #hasBegun = false;
  #waiting: WaitingCalls;
  /** Before it was in any batch. */
  #isCancelled = false;
  /** The batches that it was cancelled in: those take it in no more. */
  #cancelledIn?: WeakSet<WaitingCall['batch']>;

  static {
    friend = {
      argsOf: (task) => own(task).#call.args,
      optionsOf: (task) => own(task).#options,
      start: (task, attempt) => own(task).#startOrRun(attempt),
      hold: (task, call) => own(task).#hold(call),
      take: (task, call) => own(task).#take(call),
      hasPlaceIn: (task, batch) => own(task).#hasPlaceIn(batch),
      cancel: (task) => own(task).#cancel(),
      isCancelled: (task) => own(task).#isCancelled,
    };
    /** What was made here, which is what alone has these fields. */
    function own(task: object): Task {
      if (#call in task) return task;
      throw new TypeError('Cannot use a BackgroundTask that the constructor of this class has not made.');
    }
  }

  constructor(target: unknown, ...args: unknown[]) {
    this.#call = planCall(target, args);
    this.#options = { name: this.#call.name };
  }

  /** The function's name, `Class.method`, or `anonymous`, unless `with({ name })` gave another. */
  get name(): string {
    return this.#options.name ?? 'anonymous';
  }

  /**
   * Sets options of this task and returns it.
   *
   * They are those of the task, and hold for each of its calls that has not started.
   *
   * @throws Error once the task has started, and waits for no other response: it is too late then.
   * @throws TypeError for an option or a value that does not exist.
   */
  with(options: BackgroundTaskOptions): this {
    const merged = mergeTaskOptions(this.#options, options);
    if (this.#hasBegun && this.#waiting === undefined) throw tooLateError(this.name);
    this.#options = merged;
    return this;
  }

  /**
   * Skips the task, wherever it waits. Returns false if it is too late for that.
   *
   * Each call that has not started is skipped, for the reason `cancelled`: no failure, logged at debug level. Added to the
   * same response again, it stays so; on a later one it runs. One that was added to nothing yet is skipped wherever it is
   * added. It is too late for a task that runs, is between two attempts, or has ended.
   * @example if (await this.accounts.isPaid(email)) reminder.cancel();
   */
  cancel(): boolean {
    return this.#cancel();
  }

  /** Makes the call now; rejects with what it throws. */
  async run(): Promise<void> {
    await this.#start();
  }

  #startOrRun(attempt?: EndingAttempt): Promise<void> | undefined {
    this.#hasBegun = true;
    // whoever overrides run() in a class of their own means it to be what runs
    return this.run === Task.prototype.run ? this.#start(attempt) : waitForResult(this.run(), attempt);
  }

  #start(attempt?: EndingAttempt): Promise<void> | undefined {
    this.#hasBegun = true;
    return waitForResult(this.#call.make(), attempt);
  }

  #hold(call: WaitingCall): void {
    this.#waiting = withCall(this.#waiting, call);
  }

  #take(call: WaitingCall): void {
    this.#hasBegun = true;
    this.#waiting = withoutCall(this.#waiting, call);
  }

  #hasPlaceIn(batch: WaitingCall['batch']): boolean {
    return isHeldBy(this.#waiting, batch) || this.#cancelledIn?.has(batch) === true;
  }

  #cancel(): boolean {
    const waiting = listOf(this.#waiting);
    if (waiting.length === 0 && this.#hasBegun) return false;
    this.#isCancelled ||= waiting.length === 0;
    this.#cancelledIn ??= new WeakSet();
    this.#waiting = undefined;
    for (const call of waiting) {
      this.#cancelledIn.add(call.batch);
      call.batch.cancel(call);
    }
    return true;
  }
}

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
  return friend.argsOf(task);
}

/** What `with()` has said of `task` so far. */
export function optionsOf(task: BackgroundTask): BackgroundTaskOptions {
  return friend.optionsOf(task);
}

/**
 * Makes the call of `task` like `run()`, without the cost of a promise where the function gave none.
 *
 * Unlike `run()`, it throws what the function throws at once. An Observable is waited for as long as `attempt` is.
 */
export function startTask(task: BackgroundTask, attempt?: EndingAttempt): Promise<void> | undefined {
  return friend.start(task, attempt);
}

/** Notes that `call`, one of `task`, waits in its batch. */
export function holdCall(task: BackgroundTask, call: WaitingCall): void {
  friend.hold(task, call);
}

/** Notes that `call`, one of `task`, waits no longer: it starts, or is skipped. */
export function takeCall(task: BackgroundTask, call: WaitingCall): void {
  friend.take(task, call);
}

/** Whether adding `task` to `batch` changes nothing: it waits there, or was cancelled there. */
export function hasPlaceIn(task: BackgroundTask, batch: WaitingCall['batch']): boolean {
  return friend.hasPlaceIn(task, batch);
}

/** As `task.cancel()`, also where a class has its own. */
export function cancelTask(task: BackgroundTask): boolean {
  return friend.cancel(task);
}

/** Whether `task` will not start any more. */
export function isCancelled(task: BackgroundTask): boolean {
  return friend.isCancelled(task);
}
