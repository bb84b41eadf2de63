import { Batch, type BatchEntry } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Call } from '../core/batch/outcome.js';
import type { Scheduler } from '../core/running/scheduler.js';
import type { Outcome } from '../core/tasks/task-context.js';
import type { BackgroundTask } from '../core/tasks/background-task.js';
import { OutgoingBatch, type StoredEntry } from './outgoing-batch.js';
import { StepCall } from './step-call.js';

/** The durable tasks of one response: those that wait, and the batches in which they are stored. */
export class OutgoingTasks {
  readonly #scheduler: Scheduler;
  readonly #response: Batch;
  readonly #all = new Set<OutgoingBatch>();
  /** What new tasks are put in. */
  #open: OutgoingBatch | undefined;
  /** Those that could not be stored, or were taken back. */
  readonly #returned = new Set<Entry<Batch>>();

  constructor(scheduler: Scheduler, response: Batch) {
    this.#scheduler = scheduler;
    this.#response = response;
  }

  get all(): Iterable<OutgoingBatch> {
    return this.#all;
  }

  /** Those that the engine does not run yet. */
  get entries(): BatchEntry[] {
    return [...this.#returned, ...[...this.#all].flatMap(({ entries }) => entries)];
  }

  /** Those that are not stored. */
  get waiting(): Array<Entry<Batch>> {
    return [...this.#returned, ...[...this.#all].flatMap(({ batch }) => [...batch.entries])];
  }

  has(task: BackgroundTask): boolean {
    return [...this.#all].some((each) => each.has(task)) || [...this.#returned].some((entry) => entry.task === task);
  }

  /** The batch of which nothing was stored, where `call` is at work. */
  openFor(call: Call | undefined): OutgoingBatch {
    return (this.#open ??= this.#new(call));
  }

  /** The batch in which `due`, which are among those that wait, are stored: they wait no longer. */
  begin(due: readonly StoredEntry[]): OutgoingBatch {
    const own = this.#open;
    const isOwn =
      own !== undefined && due.every(({ entry }) => entry.batch === own.batch && !this.#returned.has(entry));
    const outgoing = isOwn && !isOfFailedStep(due) ? own : this.#new(due[0]?.entry.call, due[0]?.outcome);
    if (outgoing === this.#open) this.#open = undefined;
    for (const { entry } of due) {
      this.#scheduler.tellAdded(entry.batch);
      this.remove(entry);
    }
    outgoing.beginToStore(due);
    this.#scheduler.application.openBatches.unfinished.add(outgoing.batch);
    return outgoing;
  }

  /** What was in `outgoing` is not the engine's: it waits again. */
  giveBack(outgoing: OutgoingBatch): readonly StoredEntry[] {
    const stored = outgoing.end();
    for (const { entry } of stored) this.#returned.add(entry);
    return stored;
  }

  /** `entry`, which waits, does so no longer: whoever says so tells what becomes of it. */
  remove(entry: Entry<Batch>): void {
    if (!this.#returned.delete(entry)) entry.batch.remove(entry);
  }

  /** What was stored in `outgoing` is no longer this process's. */
  handOver(outgoing: OutgoingBatch): void {
    outgoing.end();
    this.#finish(outgoing, true);
  }

  /** Finishes what has nothing left, once that is nowhere else: whoever waits for it waits for what was moved, too. */
  finishEmpty(): void {
    if (this.#open?.entries.length === 0) this.#open = undefined;
    const all = [...this.#all];
    if (this.#returned.size > 0 || all.some(({ state }) => state === 'storing')) return;
    for (const each of all) if (each.entries.length === 0 && each !== this.#open) this.#finish(each, false);
  }

  #finish(outgoing: OutgoingBatch, isHandedOver: boolean): void {
    this.#all.delete(outgoing);
    this.#scheduler.finish(outgoing.batch, isHandedOver);
  }

  #new(call: Call | undefined, outcome: Outcome = 'success'): OutgoingBatch {
    const { request, settling, epoch } = this.#response;
    const id = call instanceof StepCall ? { id: call.nextBatchId(outcome) } : {};
    const outgoing = new OutgoingBatch(new Batch(this.#scheduler, request, { ...id, settling, epoch }));
    this.#all.add(outgoing);
    return outgoing;
  }
}

/** The id of what is open is that for a success. */
function isOfFailedStep(due: readonly StoredEntry[]): boolean {
  return due.some(({ entry, outcome }) => entry.call instanceof StepCall && outcome === 'failure');
}
