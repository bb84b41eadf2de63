import { checkCarried } from './carried-options.js';
import { type DurableMethod, planCall, PlannedCall } from './planned-call.js';
import { type BackgroundTaskOptions, mergeTaskOptions, tooLateError } from './task-options.js';
import { type EndingAttempt, waitForResult } from './task-result.js';
import { runStarted, type Started, startedHere } from './started.js';
import {
  isHeldBy,
  listOf,
  type RunningCall,
  type WaitingCall,
  type WaitingCalls,
  withCall,
  type Within,
  withoutCall,
} from './waiting-calls.js';

/** What the library may do with a task, and its users may not. */
interface Friend {
  argsOf(task: Task): readonly unknown[];
  durableOf(task: Task): DurableMethod | undefined;
  optionsOf(task: Task): BackgroundTaskOptions;
  start(task: Task, attempt?: EndingAttempt, call?: RunningCall): Promise<void> | undefined;
  started(task: Task): Started | undefined;
  hold(task: Task, call: WaitingCall): void;
  take(task: Task, call: WaitingCall): void;
  begin(task: Task, call: RunningCall): void;
  end(task: Task, call: RunningCall): void;
  hasPlaceIn(task: Task, batch: object): boolean;
  checkMayJoin(task: Task, batch: object): void;
  lookWithinBy(look: (task: Task) => Within | undefined): void;
  cancel(task: Task): boolean;
  isCancelled(task: Task): boolean;
}

const NOTHING_SAID: BackgroundTaskOptions = {};

let friend: Friend;
let withinOf: (task: Task) => Within | undefined = () => undefined;

/** What `BackgroundTask` is: its constructor is another, since that has type parameters. */
export class Task {
  /** As everybody knows them. */
  static readonly name = 'BackgroundTask';

  readonly #call: PlannedCall;
  #options: BackgroundTaskOptions = NOTHING_SAID;
  /** Of its calls, those that have begun and are not over: between two attempts, too. */
  #running = 0;
  /** Whether its last call has begun, or was cancelled. */
  #isSpent = false;
  #waiting: WaitingCalls;
  /** Those that its own `run()` is called for, and has not ended. */
  #started?: Set<Started>;
  /** Before it was in any batch. */
  #isCancelled = false;
  /** The batches that it was cancelled in: those take it in no more. */
  #cancelledIn?: WeakSet<object>;

  static {
    friend = {
      argsOf: (task) => own(task).#call.args,
      durableOf: (task) => (#call in task ? task.#call.durable : undefined),
      optionsOf: (task) => own(task).#options,
      start: (task, attempt, call) => own(task).#startOrRun(attempt, call),
      started: (task) => startedHere(own(task).#started),
      hold: (task, call) => own(task).#hold(call),
      take: (task, call) => own(task).#take(call),
      // what merely looks like a task fails when it is run
      begin: (task, call) => void (#call in task && task.#begin(call)),
      end: (task, call) => void (#call in task && task.#end(call)),
      hasPlaceIn: (task, batch) => own(task).#hasPlaceIn(batch),
      checkMayJoin: (task, batch) => own(task).#within?.checkMayJoin(batch),
      lookWithinBy: (look) => {
        withinOf = look;
      },
      cancel: (task) => own(task).#cancel(),
      isCancelled: (task) => own(task).#isCancelled,
    };
    // what was made here, which is what alone has these fields
    function own(task: object): Task {
      if (#call in task) return task;
      throw new TypeError('Cannot use a BackgroundTask that the constructor of this class has not made.');
    }
  }

  constructor(target: unknown, ...args: unknown[]) {
    // no worker knows what a class of one's own makes of the call
    this.#call = target instanceof PlannedCall ? target : planCall(target, args, !this.#runsItself);
  }

  /** The function's name, `Class.method`, or `anonymous`, unless `with({ name })` gave another. */
  get name(): string {
    return this.#options.name ?? this.#call.name ?? 'anonymous';
  }

  /**
   * Sets options of this task and returns it.
   *
   * They hold for each of its calls that has not started, also of a task that is added again after it has run.
   *
   * @throws Error while a call of it runs (between two attempts, too) and none waits: it is too late then.
   * @throws TypeError for what is no option or no value of it, and for callbacks in the `retries` of a durable task.
   */
  with(options: BackgroundTaskOptions): this {
    const merged = mergeTaskOptions(this.#options, options);
    if (this.#call.durable !== undefined) checkCarried(options, this.name);
    if (this.#running > 0 && this.#waiting === undefined) throw tooLateError(this.name);
    this.#options = merged;
    return this;
  }

  /**
   * Skips the task, wherever it waits. Returns false if it is too late for that.
   *
   * Each call that has not started is skipped, for the reason `cancelled`: no failure, logged at debug level. Added to the
   * same response again, it stays so; on a later one it runs. One that waits nowhere and has not started is skipped wherever
   * it is added. It is too late for one that runs, is between two attempts, has ended, was cancelled on its last response
   * already; and for a durable one that was stored.
   * @example if (await this.accounts.isPaid(email)) reminder.cancel();
   */
  cancel(): boolean {
    return this.#cancel();
  }

  /** Makes the call now; rejects with what it throws. */
  async run(): Promise<void> {
    this.#running++;
    this.#isSpent = true;
    try {
      await this.#start(startedHere(this.#started)?.attempt);
    } finally {
      this.#running--;
    }
  }

  /** Whoever overrides run() in a class of their own means it to be what runs. */
  get #runsItself(): boolean {
    return this.run !== Task.prototype.run;
  }

  get #within(): Within | undefined {
    return this.#runsItself ? withinOf(this) : undefined;
  }

  #startOrRun(attempt?: EndingAttempt, call?: RunningCall): Promise<void> | undefined {
    if (!this.#runsItself) return this.#start(attempt);
    const run = (): Promise<void> | undefined => waitForResult(this.run(), attempt);
    if (attempt === undefined || call === undefined) return run();
    return runStarted((this.#started ??= new Set()), { attempt, call }, run);
  }

  #start(attempt?: EndingAttempt): Promise<void> | undefined {
    return waitForResult(this.#call.make(), attempt);
  }

  #hold(call: WaitingCall): void {
    this.#isSpent = false;
    this.#waiting = withCall(this.#waiting, call);
    this.#within?.hold(call);
  }

  #take(call: WaitingCall): void {
    this.#waiting = withoutCall(this.#waiting, call);
    this.#within?.take(call);
  }

  #begin(call: RunningCall): void {
    this.#running++;
    this.#isSpent = true;
    this.#within?.begin(call);
  }

  #end(call: RunningCall): void {
    this.#running--;
    this.#within?.end(call);
  }

  #hasPlaceIn(batch: object): boolean {
    return isHeldBy(this.#waiting, batch) || this.#cancelledIn?.has(batch) === true;
  }

  #cancel(): boolean {
    const waiting = listOf(this.#waiting);
    if (waiting.length === 0 && !this.#isCancelled && (this.#isSpent || this.#running > 0)) return false;
    this.#isCancelled ||= waiting.length === 0;
    this.#isSpent = true;
    this.#cancelledIn ??= new WeakSet();
    this.#waiting = undefined;
    for (const call of waiting) {
      this.#cancelledIn.add(call.batch);
      this.#within?.take(call);
      if (call.drop === undefined) call.batch.cancel(call);
      else call.drop(this);
    }
    return true;
  }
}

/** For the library. */
export const friendOfTasks = friend;
