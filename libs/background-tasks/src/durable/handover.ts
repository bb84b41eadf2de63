import type { Batch, Handover } from '../core/batch/batch.js';
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
import { runOnOf } from './new-batch.js';
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
  /** Of the batch that is open. */
  #bytes = 0;
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

  /** @throws RangeError where the arguments would take more than `maxPayload`. */
  admit(tasks: readonly BackgroundTask[]): void {
    const { maxPayload } = this.#submissions.options;
    const bytes = this.#bytes + bytesOf(tasks);
    if (bytes <= maxPayload) return;
    throw new RangeError(
      `Cannot add the durable task ${quoted(tasks.map(nameOf), 1)}: with it, the arguments of its batch take ${bytes} bytes, and ` +
        `\`maxPayload\` is ${maxPayload}. Pass an id, and look the rest up in the task.`,
    );
  }

  add({ task, group }: AddedTask<TaskGroup>, call: Call | undefined, addedAt: number): void {
    this.#bytes += bytesOf([task]);
    this.#tasks.openFor(call).batch.takeIn(task, group, call, addedAt);
    if (this.#isGated) return;
    this.#isGated = true;
    this.#response.settling.holdBack(() => this.store());
  }

  store(ending?: CallEnd): Promise<void> | undefined {
    const due = this.#due(ending);
    if (due.length === 0) return this.#storing;
    const isFailure = this.#response.settling.outcomeSoFar(undefined, ending) === 'failure';
    const { failure } = this.#end;
    if (failure !== undefined) return isFailure ? undefined : Promise.reject(errorOf(due, failure.error));
    const storing = this.#store(due, isFailure).finally(() => {
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
    const due = this.#tasks.waiting
      .filter((entry) => runOnOf(entry, this.#runOn) !== 'failure')
      .map((entry): StoredEntry => ({ entry, outcome: 'success' }));
    if (due.length === 0) return undefined;
    const outgoing = this.#begin(due);
    try {
      await this.#submissions.submitIn(transaction, outgoing);
    } catch (error) {
      this.#tasks.giveBack(outgoing);
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
    return this.#tasks.waiting.flatMap((entry) => {
      const outcome = this.#response.settling.outcomeSoFar(entry.call, ending);
      const runOn = runOnOf(entry, this.#runOn);
      return runOn === 'always' || runOn === outcome ? { entry, outcome } : [];
    });
  }

  #begin(due: readonly StoredEntry[]): OutgoingBatch {
    this.#bytes = 0;
    return this.#tasks.begin(due);
  }

  /** An answer that is an error stays what it is: what was to run after it is lost, and that is told. */
  async #store(due: readonly StoredEntry[], isFailure: boolean): Promise<void> {
    const outgoing = this.#begin(due);
    try {
      await this.#submissions.submit(outgoing);
    } catch (error) {
      this.#end.failure = { error };
      const returned = this.#tasks.giveBack(outgoing);
      if (!isFailure) throw errorOf(due, error);
      return this.#end.lose(
        returned.map(({ entry }) => entry),
        error,
      );
    }
    this.#hold(outgoing);
  }

  #hold(outgoing: OutgoingBatch): void {
    outgoing.state = 'held';
    const names = outgoing.stored.map(({ entry }) => nameOf(entry.task));
    this.#submissions.scheduler.reports.stored(outgoing.batch, names);
    if (this.#response.settling.settlement === undefined) this.#prolonging.begin();
    else this.settled();
  }
}

function bytesOf(tasks: readonly BackgroundTask[]): number {
  return tasks.reduce((sum, task) => sum + Buffer.byteLength(durableOf(task)?.carried ?? ''), 0);
}

function errorOf(due: readonly StoredEntry[], cause: unknown): DurableStoreError {
  return new DurableStoreError(
    due.map(({ entry }) => nameOf(entry.task)),
    { cause },
  );
}
