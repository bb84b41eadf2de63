import type { Batch, Handover } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import { soon } from '../core/batch/clock.js';
import type { Call } from '../core/batch/outcome.js';
import type { AddedEntry, CallEnd } from '../core/batch/task-store.js';
import { DurableStoreError } from '../core/errors/durable-store.error.js';
import { nameOf, quoted } from '../core/errors/wording.js';
import { type BackgroundTask, durableOf } from '../core/tasks/background-task.js';
import type { DurableTransaction } from '../core/tasks/durable-batches.js';
import type { TaskGroup } from '../core/tasks/task-group.js';
import type { AddedTask } from '../core/tasks/task-list.js';
import { HandoverEnd } from './handover-end.js';
import { isFor, runOnOf } from './new-batch.js';
import { isGivenUp } from './step-call.js';
import type { OutgoingBatch, StoredEntry } from './outgoing-batch.js';
import { OutgoingTasks } from './outgoing-tasks.js';
import { Prolonging } from './prolonging.js';
import type { Submissions } from './submissions.js';

/**
 * The durable tasks of one response, from when they are added to when they are stored; `HandoverEnd` has the rest.
 *
 * They are stored at a gate: before the handler's caller hears of its end, and before the first byte of the response.
 */
export class ResponseHandover implements Handover {
  readonly #submissions: Submissions;
  readonly #response: Batch;
  readonly #tasks: OutgoingTasks;
  readonly #end: HandoverEnd;
  readonly #prolonging: Prolonging;
  #isGated = false;
  /** What is being stored at a gate. */
  #storing: Promise<void> | undefined;

  constructor(submissions: Submissions, response: Batch) {
    this.#submissions = submissions;
    this.#response = response;
    this.#tasks = new OutgoingTasks(submissions.scheduler, response);
    this.#end = new HandoverEnd(submissions, response, this.#tasks);
    this.#prolonging = new Prolonging(submissions, response, this.#tasks);
  }

  get batches(): Batch[] {
    return Array.from(this.#tasks.all, ({ batch }) => batch);
  }

  get added(): AddedEntry[] {
    return this.#tasks.entries;
  }

  has(task: BackgroundTask): boolean {
    return this.#tasks.has(task);
  }

  /** @throws RangeError where the arguments of those that are stored together would take more than `maxPayload`. */
  admit(tasks: readonly BackgroundTask[]): void {
    const { maxPayload } = this.#submissions.options;
    const { waiting } = this.#tasks;
    for (const outcome of ['success', 'failure'] as const) {
      const other = waiting.filter((entry) => isFor(runOnOf(entry, this.#runOn), outcome)).map(({ task }) => task);
      // of those that are new, nothing is said yet
      const added = outcome === this.#runOn || this.#runOn === 'always' ? tasks : [];
      const bytes = bytesOf([...other, ...added]);
      if (added.length > 0 && bytes > maxPayload) throw tooMuch(tasks, bytes, maxPayload);
    }
  }

  add({ task, group }: AddedTask<TaskGroup>, call: Call | undefined, addedAt: number): void {
    this.#tasks.openFor(call).batch.takeIn(task, group, call, addedAt);
    if (this.#isGated) return;
    this.#isGated = true;
    this.#response.settling.holdBack(() => this.store());
  }

  store(ending?: CallEnd): Promise<void> | undefined {
    const due = this.#due(ending);
    const { settling } = this.#response;
    const isFailure = settling.outcomeSoFar(undefined, ending) === 'failure';
    // an answer that is an error waits, and stays what it is
    const before = isFailure ? this.#storing?.catch(() => undefined) : this.#storing;
    // where the client has gone, there is nobody to be told: it is stored when the response is over
    if (due.length === 0 || settling.clientHasLeft) return before;
    const failure = this.#end.failureFor(ending);
    if (failure !== undefined) return isFailure ? before : Promise.reject(errorOf(due, failure.error));
    const store = this.#store(due, isFailure, ending);
    const storing = (before === undefined ? store : both(before, store)).finally(() => {
      if (this.#storing === storing) this.#storing = undefined;
    });
    this.#storing = storing;
    return storing;
  }

  settled(): void {
    this.#prolonging.end();
    // in a microtask: `addTask(…).with({ name })` says more of a task that was added
    soon(() => this.#end.settle());
  }

  async persistIn(transaction: DurableTransaction): Promise<string | undefined> {
    const due = this.#tasks.told
      .filter((entry) => isFor(runOnOf(entry, this.#runOn), 'success'))
      .map((entry): StoredEntry => ({ entry, outcome: 'success' }));
    if (due.length === 0) return undefined;
    const outgoing = this.#tasks.begin(due);
    try {
      await this.#submissions.submitIn(transaction, outgoing);
    } catch (error) {
      this.#tasks.giveBack(outgoing);
      this.#settleIfOver();
      throw error;
    }
    this.#hold(outgoing);
    return outgoing.id;
  }

  get #runOn() {
    return this.#submissions.scheduler.options.defaults.runOn;
  }

  /** What is not stored and will run, as far as is known by now. */
  #due(ending?: CallEnd): StoredEntry[] {
    return this.#tasks.told.flatMap((entry) => {
      if (isGivenUp(entry)) return [];
      const outcome = this.#response.settling.outcomeSoFar(entry.call, ending);
      return isFor(runOnOf(entry, this.#runOn), outcome) ? { entry, outcome } : [];
    });
  }

  /** An answer that is an error stays what it is. What is lost then, or where there is no answer to tell of it, is logged. */
  async #store(due: readonly StoredEntry[], isFailure: boolean, ending?: CallEnd): Promise<void> {
    const outgoing = this.#tasks.begin(due);
    try {
      await this.#submissions.submit(outgoing);
    } catch (error) {
      return this.#notStored(outgoing, error, isFailure, ending);
    }
    this.#hold(outgoing);
  }

  #notStored(outgoing: OutgoingBatch, error: unknown, isFailure: boolean, ending?: CallEnd): void {
    const { clientHasLeft, isStreaming, settlement } = this.#response.settling;
    const entries = this.#tasks.giveBack(outgoing);
    this.#settleIfOver();
    // nobody hears of it: it is tried again when the response is over
    if (clientHasLeft || settlement !== undefined) return;
    this.#end.fail({ error, call: ending?.call });
    if (isFailure || isStreaming || ending?.call.isUnanswered === true) this.#end.lose(entries, error);
    if (isFailure) return;
    this.#submissions.log.cannotStore(error);
    throw errorOf(entries, error);
  }

  #hold(outgoing: OutgoingBatch): void {
    outgoing.hold();
    const names = outgoing.stored.map(({ entry }) => nameOf(entry.task));
    this.#submissions.scheduler.reports.stored(outgoing.batch, names);
    this.#prolonging.begin();
    this.#settleIfOver();
  }

  /** The response may have come to its end meanwhile, without what was on its way. */
  #settleIfOver(): void {
    if (this.#response.settling.settlement !== undefined) this.settled();
  }
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

function bytesOf(tasks: readonly BackgroundTask[]): number {
  return tasks.reduce((sum, task) => sum + (durableOf(task)?.bytes ?? 0), 0);
}

function tooMuch(tasks: readonly BackgroundTask[], bytes: number, maxPayload: number): RangeError {
  return new RangeError(
    `Cannot add the durable task ${quoted(tasks.map(nameOf), 1)}: with it, the arguments of its batch take ${bytes} bytes, and ` +
      `\`maxPayload\` is ${maxPayload}. Pass an id, and look the rest up in the task.`,
  );
}

function errorOf(due: ReadonlyArray<StoredEntry | Entry<Batch>>, cause: unknown): DurableStoreError {
  const names = due.map((each) => nameOf('entry' in each ? each.entry.task : each.task));
  return new DurableStoreError(names, { cause });
}
