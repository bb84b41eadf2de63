import {
  type BackgroundTask,
  beginCall,
  endCall,
  hasPlaceIn,
  holdCall,
  isCancelled,
  startTask,
  takeCall,
} from './background-task.js';
import type { EndingAttempt } from './task-result.js';
import type { RunningCall, WaitingCall } from './waiting-calls.js';

/**
 * The tasks of a group in one of its calls: those that are not done, in order.
 *
 * To each of them it is the call that waits in the batch: so the batch holds them within the group, and not once more.
 */
class GroupCall implements WaitingCall {
  /** Whether all of them have run: what is added then is none of them. */
  isDone = false;
  readonly batch: WaitingCall['batch'];
  readonly #left = new Set<BackgroundTask>();
  /** The one that runs, or has failed. */
  #current?: BackgroundTask;
  #run?: { readonly attempt: EndingAttempt; readonly ended: Promise<void> };

  constructor(batch: WaitingCall['batch'], members: Iterable<BackgroundTask>) {
    this.batch = batch;
    for (const member of members) this.add(member);
  }

  /** Those that have not started. */
  get waiting(): BackgroundTask[] {
    return [...this.#left].filter((task) => task !== this.#current);
  }

  /** Takes `task` in as the last one, unless the batch has it already. */
  add(task: BackgroundTask): boolean {
    if (isCancelled(task) || hasPlaceIn(task, this.batch)) return false;
    this.#left.add(task);
    holdCall(task, this);
    return true;
  }

  drop(task: BackgroundTask): void {
    this.#left.delete(task);
  }

  /** The group has left its batch: they are held no more. */
  release(): BackgroundTask[] {
    const { waiting } = this;
    this.#left.clear();
    for (const task of waiting) takeCall(task, this);
    return waiting;
  }

  /** Runs them, from where an attempt before has failed; not again from there if it was this one. */
  run(attempt: EndingAttempt, call: RunningCall): Promise<void> {
    if (this.#run?.attempt !== attempt) this.#run = { attempt, ended: this.#runAll(attempt, call) };
    else this.#run = { attempt, ended: this.#run.ended.then(undefined, () => this.#goOn(attempt, call)) };
    return this.#run.ended;
  }

  /** The call of the group is over. */
  end(call: RunningCall): void {
    if (this.#current !== undefined) endCall(this.#current, call);
    this.release();
  }

  async #runAll(attempt: EndingAttempt, call: RunningCall): Promise<void> {
    for (const task of this.#left) {
      throwIfGivenUp(attempt);
      if (task !== this.#current) this.#begin(task, call);
      await startTask(task, attempt, call);
      // another attempt may be at it now
      throwIfGivenUp(attempt);
      this.#endCurrent(call);
    }
    this.isDone = true;
  }

  #goOn(attempt: EndingAttempt, call: RunningCall): Promise<void> {
    if (attempt.stopReason === undefined) this.#endCurrent(call);
    return this.#runAll(attempt, call);
  }

  #begin(task: BackgroundTask, call: RunningCall): void {
    this.#current = task;
    takeCall(task, this);
    beginCall(task, call);
  }

  #endCurrent(call: RunningCall): void {
    if (this.#current === undefined) return;
    this.#left.delete(this.#current);
    endCall(this.#current, call);
    this.#current = undefined;
  }
}

function throwIfGivenUp({ stopReason }: EndingAttempt): void {
  if (stopReason !== undefined) throw stopReason;
}

/** The calls of a group that is run by its own class: in which batches it waits, and in which it runs. */
export class GroupCalls {
  readonly #waiting = new Map<object, GroupCall>();
  readonly #running = new Map<RunningCall, GroupCall>();
  /** What was taken out of its batch last, and may begin. */
  #taken?: { readonly batch: WaitingCall['batch']; readonly members: readonly BackgroundTask[] } | undefined;
  #lastBegun?: RunningCall;

  /** With which group tasks go on that none of the calls would run any more; there is none before the first of them. */
  get lateGroup(): unknown {
    return this.#open.length === 0 ? this.#lastBegun?.group : undefined;
  }

  /** The tasks that have not started, of the call that began last; `undefined` where it waits, or never did: all of them. */
  get left(): BackgroundTask[] | undefined {
    if (this.#waiting.size > 0 || this.#lastBegun === undefined) return undefined;
    return this.#running.get(this.#lastBegun)?.waiting ?? [];
  }

  /** The batches that a task would be in, if it was added now. */
  get batches(): object[] {
    return this.#open.map(({ batch }) => batch);
  }

  hold({ batch }: WaitingCall, members: Iterable<BackgroundTask>): void {
    this.#waiting.set(batch, new GroupCall(batch, members));
  }

  /** Takes `task` in wherever it would still run; returns whether it was new there. */
  add(task: BackgroundTask): boolean {
    return this.#open.map((call) => call.add(task)).includes(true);
  }

  take({ batch }: WaitingCall): void {
    this.#taken = { batch, members: this.#waiting.get(batch)?.release() ?? [] };
    this.#waiting.delete(batch);
  }

  begin(call: RunningCall): void {
    const taken = this.#taken;
    this.#taken = undefined;
    // one that was skipped may be run by hand
    if (taken === undefined || taken.batch !== call.batch) return;
    this.#running.set(call, new GroupCall(taken.batch, taken.members));
    this.#lastBegun = call;
  }

  /** Runs what is left in `call`; `undefined` where that is none of them. */
  run(attempt: EndingAttempt, call: RunningCall): Promise<void> | undefined {
    return this.#running.get(call)?.run(attempt, call);
  }

  end(call: RunningCall): void {
    this.#running.get(call)?.end(call);
    this.#running.delete(call);
  }

  get #open(): GroupCall[] {
    return [...this.#waiting.values(), ...this.#running.values()].filter(({ isDone }) => !isDone);
  }
}
