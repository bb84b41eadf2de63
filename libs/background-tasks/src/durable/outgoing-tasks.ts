import { Batch, type BatchEntry } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Call } from '../core/batch/outcome.js';
import type { Scheduler } from '../core/running/scheduler.js';
import { type BackgroundTask, hasPlaceIn } from '../core/tasks/background-task.js';
import type { Outcome } from '../core/tasks/task-context.js';
import { OutgoingBatch, type StoredEntry } from './outgoing-batch.js';
import { StepCall } from './step-call.js';

/**
 * The durable tasks of one response: those that wait, and the batches in which they are stored.
 *
 * A stream may store one batch for each of its events, without end: nothing here looks at all of them while it lasts.
 */
export class OutgoingTasks {
  readonly #scheduler: Scheduler;
  readonly #response: Batch;
  readonly #all = new Set<OutgoingBatch>();
  /** What new tasks are put in. */
  #open: OutgoingBatch | undefined;
  /** Of which something waits that was not stored, or was, until somebody looked. */
  readonly #waitingIn = new Set<OutgoingBatch>();
  /** Those that could not be stored, or were taken back. */
  readonly #returned = new Map<BackgroundTask, Entry<Batch>>();
  /** Those that are the engine's, or on their way to it. */
  readonly #stored = new Set<BackgroundTask>();

  constructor(scheduler: Scheduler, response: Batch) {
    this.#scheduler = scheduler;
    this.#response = response;
  }

  get all(): Iterable<OutgoingBatch> {
    return this.#all;
  }

  /** Those that the engine does not run yet. */
  get entries(): BatchEntry[] {
    return [...this.#returned.values(), ...[...this.#all].flatMap(({ entries }) => entries)];
  }

  /** Those that are not stored. */
  get waiting(): Array<Entry<Batch>> {
    for (const each of this.#waitingIn) if (each.batch.size === 0) this.#waitingIn.delete(each);
    return [...this.#returned.values(), ...[...this.#waitingIn].flatMap(({ batch }) => [...batch.entries])];
  }

  has(task: BackgroundTask): boolean {
    if (this.#stored.has(task) || this.#returned.has(task)) return true;
    return [...this.#waitingIn].some(({ batch }) => hasPlaceIn(task, batch));
  }

  /** The batch of which nothing was stored, where `call` is at work. */
  openFor(call: Call | undefined): OutgoingBatch {
    this.#open ??= this.#new(call);
    this.#waitingIn.add(this.#open);
    return this.#open;
  }

  /** The batch in which `due`, which are among those that wait, are stored: they wait no longer. */
  begin(due: readonly StoredEntry[]): OutgoingBatch {
    const own = this.#open;
    const isOwn = own !== undefined && due.every(({ entry }) => entry.batch === own.batch && !this.#isReturned(entry));
    const outgoing = isOwn && !isOfFailedStep(due) ? own : this.#new(due[0]?.entry.call, due[0]?.outcome);
    if (outgoing === own) this.#open = undefined;
    for (const { entry } of due) {
      this.#scheduler.tellAdded(entry.batch);
      this.remove(entry);
      this.#stored.add(entry.task);
    }
    outgoing.beginToStore(due);
    this.#scheduler.application.openBatches.unfinished.add(outgoing.batch);
    for (const each of this.#waitingIn) if (each !== this.#open) this.#finishIfEmpty(each);
    return outgoing;
  }

  /** What was in `outgoing` is not the engine's: it waits again. */
  giveBack(outgoing: OutgoingBatch): readonly StoredEntry[] {
    const stored = this.#end(outgoing);
    for (const { entry } of stored) this.#returned.set(entry.task, entry);
    return stored;
  }

  /** `entry`, which waits, does so no longer: whoever says so tells what becomes of it. */
  remove(entry: Entry<Batch>): void {
    if (this.#isReturned(entry)) this.#returned.delete(entry.task);
    else entry.batch.remove(entry);
  }

  /** What was stored in `outgoing` is no longer this process's. */
  handOver(outgoing: OutgoingBatch): void {
    this.#end(outgoing);
    this.#finish(outgoing, true);
  }

  /** Finishes what has nothing left, once the response is over. */
  finishEmpty(): void {
    if (this.#open?.entries.length === 0) this.#open = undefined;
    if (this.#returned.size > 0) return;
    for (const each of this.#all) if (each.entries.length === 0 && each !== this.#open) this.#finish(each, false);
  }

  #isReturned(entry: Entry<Batch>): boolean {
    return this.#returned.get(entry.task) === entry;
  }

  #end(outgoing: OutgoingBatch): readonly StoredEntry[] {
    const stored = outgoing.end();
    for (const { entry } of stored) this.#stored.delete(entry.task);
    return stored;
  }

  /** One of which nothing was stored. */
  #finishIfEmpty(outgoing: OutgoingBatch): void {
    if (outgoing.state === 'open' && outgoing.entries.length === 0) this.#finish(outgoing, false);
  }

  #finish(outgoing: OutgoingBatch, isHandedOver: boolean): void {
    this.#all.delete(outgoing);
    this.#waitingIn.delete(outgoing);
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
