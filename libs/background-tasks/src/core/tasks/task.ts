import { planCall, type PlannedCall } from './planned-call.js';
import { type BackgroundTaskOptions, mergeTaskOptions, tooLateError } from './task-options.js';
import { type EndingAttempt, waitForResult } from './task-result.js';
import { isHeldBy, listOf, type WaitingCall, type WaitingCalls, withCall, withoutCall } from './waiting-calls.js';

/** What the library may do with a task, and its users may not: a friend of the class. */
interface Friend {
  argsOf(task: Task): readonly unknown[];
  optionsOf(task: Task): BackgroundTaskOptions;
  start(task: Task, attempt?: EndingAttempt): Promise<void> | undefined;
  hold(task: Task, call: WaitingCall): void;
  take(task: Task, call: WaitingCall): void;
  begin(task: Task): void;
  end(task: Task): void;
  hasPlaceIn(task: Task, batch: object): boolean;
  cancel(task: Task): boolean;
  isCancelled(task: Task): boolean;
}

let friend: Friend;

/** What `BackgroundTask` is: its constructor is another, since that has type parameters. */
export class Task {
  /** As everybody knows them. */
  static readonly name = 'BackgroundTask';

  readonly #call: PlannedCall;
  #options: BackgroundTaskOptions;
  /** Of its calls, those that have begun and are not over: between two attempts, too. */
  #running = 0;
  /** Whether its last call has begun, or was cancelled: there is nothing to cancel any more. */
  #isSpent = false;
  #waiting: WaitingCalls;
  /** Before it was in any batch. */
  #isCancelled = false;
  /** The batches that it was cancelled in: those take it in no more. */
  #cancelledIn?: WeakSet<object>;

  static {
    friend = {
      argsOf: (task) => own(task).#call.args,
      optionsOf: (task) => own(task).#options,
      start: (task, attempt) => own(task).#startOrRun(attempt),
      hold: (task, call) => own(task).#hold(call),
      take: (task, call) => own(task).#take(call),
      // what merely looks like a task fails when it is run
      begin: (task) => void (#call in task && task.#begin()),
      end: (task) => void (#call in task && task.#end()),
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
   * They are those of the task, and hold for each of its calls that has not started: also for those to come, of a task
   * that is added again after it has run or was skipped.
   *
   * @throws Error while a call of it runs (between two attempts, too) and none waits: it is too late then.
   * @throws TypeError for an option or a value that does not exist.
   */
  with(options: BackgroundTaskOptions): this {
    const merged = mergeTaskOptions(this.#options, options);
    if (this.#running > 0 && this.#waiting === undefined) throw tooLateError(this.name);
    this.#options = merged;
    return this;
  }

  /**
   * Skips the task, wherever it waits. Returns false if it is too late for that.
   *
   * Each call that has not started is skipped, for the reason `cancelled`: no failure, logged at debug level. Added to the
   * same response again, it stays so; on a later one it runs. One that waits nowhere and has not started, since it was
   * added to nothing yet or its last response skipped it, is skipped wherever it is added. It is too late for a task that
   * runs, is between two attempts, has ended, or was cancelled on its last response already.
   * @example if (await this.accounts.isPaid(email)) reminder.cancel();
   */
  cancel(): boolean {
    return this.#cancel();
  }

  /** Makes the call now; rejects with what it throws. */
  async run(): Promise<void> {
    this.#begin();
    try {
      await this.#start();
    } finally {
      this.#end();
    }
  }

  #startOrRun(attempt?: EndingAttempt): Promise<void> | undefined {
    // whoever overrides run() in a class of their own means it to be what runs
    return this.run === Task.prototype.run ? this.#start(attempt) : waitForResult(this.run(), attempt);
  }

  #start(attempt?: EndingAttempt): Promise<void> | undefined {
    return waitForResult(this.#call.make(), attempt);
  }

  #hold(call: WaitingCall): void {
    this.#isSpent = false;
    this.#waiting = withCall(this.#waiting, call);
  }

  #take(call: WaitingCall): void {
    this.#waiting = withoutCall(this.#waiting, call);
  }

  #begin(): void {
    this.#running++;
    this.#isSpent = true;
  }

  #end(): void {
    this.#running--;
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
      call.batch.cancel(call);
    }
    return true;
  }
}

/** For the library. */
export const friendOfTasks = friend;
