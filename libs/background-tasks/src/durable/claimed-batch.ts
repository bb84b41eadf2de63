import { Batch, type SettledEntry } from '../core/batch/batch.js';
import { Entry } from '../core/batch/batch-entry.js';
import type { NamedMethod } from '../core/running/durable-names.js';
import type { Scheduler } from '../core/running/scheduler.js';
import { TaskRun } from '../core/running/task-run.js';
import { Turn } from '../core/running/turn.js';
import { BackgroundTask, beginCall, endCall } from '../core/tasks/background-task.js';
import { PlannedCall } from '../core/tasks/planned-call.js';
import type { StoredIn } from '../core/tasks/task-context.js';
import { TaskGroup } from '../core/tasks/task-group.js';
import { LostClaimError, type NewBatch, type Step } from './engine.js';
import { StepCall } from './step-call.js';

/** A batch that this worker has claimed: to the rest of the library it is one that runs here, until it is left. */
export class ClaimedBatch {
  readonly batch: Batch;
  readonly #scheduler: Scheduler;
  readonly #stored: NewBatch;
  readonly #group = TaskGroup.ofItsOwn();
  readonly #signal: AbortSignal;
  /** Ends the wait for the attempt that was made last. */
  #giveUp?: (lost: LostClaimError) => void;
  #left: number;

  /** Found in `store`; `signal` aborts when the claim is lost. */
  constructor(scheduler: Scheduler, stored: NewBatch, store: StoredIn, cursor: number, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#lose, { once: true });
    this.#scheduler = scheduler;
    this.#stored = stored;
    this.batch = new Batch(scheduler, undefined, { id: stored.id });
    this.batch.carried = Object.freeze({ ...stored.carry });
    this.batch.stored = store;
    this.batch.run = { current: undefined };
    this.#left = stored.steps.length - cursor;
    scheduler.application.openBatches.claimed.add(this.batch);
    scheduler.reports.claimed(this.#left);
  }

  /** What follows an attempt of the step at `index`. */
  callOf(index: number, attempt: number): StepCall {
    return new StepCall(this.#scheduler.application, { batchId: this.#stored.id, index, attempt });
  }

  /** The step at `place`, as a task that may start; its attempt is within `call`, and so is what it adds. */
  entryOf(place: number, step: Step, method: NamedMethod | undefined, call?: StepCall): SettledEntry {
    const task = taskOf(step, method);
    const { index = place } = step;
    const make = (): Entry<Batch> => new Entry(this.batch, index, task, this.#group, undefined, this.batch.now());
    // it takes along the async context that it is made in
    const entry = call === undefined ? make() : call.within(make);
    this.batch.context ??= entry.context;
    return entry.settle({ outcome: step.outcome, status: undefined, aborted: false }, step.outcome);
  }

  /** Makes the attempt that `call` follows; rejects with what it throws, or once the claim is lost. */
  async attempt(entry: SettledEntry, call: StepCall, timeout: number): Promise<void> {
    const options = { runOn: 'always', timeout, retries: 0 } as const;
    const run = new TaskRun(entry, options, this.#scheduler.settings, new Turn().begin());
    this.batch.run = { current: run };
    beginCall(entry.task, entry);
    try {
      await this.#unlessLost(call.follow(() => run.runOnce(call.attempt)));
    } finally {
      // one that goes on is waited for by nobody, what is around it included
      run.endStopped();
      call.giveUp();
      endCall(entry.task, entry);
      this.batch.run = { current: undefined };
    }
  }

  /** A task that does not listen is waited for no longer. */
  #unlessLost(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      work.then(resolve, reject);
    });
  }

  readonly #lose = (): void => {
    const lost = new LostClaimError(this.#stored.id);
    this.batch.run?.current?.stop(lost);
    this.#giveUp?.(lost);
  };

  /** A step is done, has failed, or was skipped. */
  stepEnded(): void {
    this.#left--;
    this.#scheduler.reports.claimedEnded();
  }

  /** This worker has no more to do with it; it is finished where nobody else has, either. */
  leave(isOver: boolean): void {
    this.#signal.removeEventListener('abort', this.#lose);
    this.#scheduler.reports.left(this.#left);
    this.batch.run = undefined;
    this.#scheduler.finish(this.batch, !isOver);
  }
}

/** What does not know the name is a task of that name, for log lines. */
function taskOf({ name, label, args }: Step, method: NamedMethod | undefined): BackgroundTask {
  const { target, key, called } = method === undefined ? UNKNOWN : made(method);
  const planned = new PlannedCall(label ?? called ?? name, Reflect.get(target, key), target, args);
  return new BackgroundTask(planned as never);
}

const UNKNOWN = { target: { call: () => undefined }, key: 'call' as string | symbol, called: undefined };

function made({ provided: { instance, name }, key }: NamedMethod) {
  return { target: instance, key, called: `${name}.${String(key)}` };
}
