import { Batch } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Call } from '../core/batch/outcome.js';
import type { Scheduler } from '../core/running/scheduler.js';
import { type BackgroundTask, hasPlaceIn } from '../core/tasks/background-task.js';
import type { Outcome } from '../core/tasks/task-context.js';
import { OutgoingBatch, type StoredEntry } from './outgoing-batch.js';
import { OutgoingRunner } from './outgoing-runner.js';
import { stepAround } from './step-call.js';

/**
 * The durable tasks of one response: those that wait, and the batches in which they are stored.
 *
 * A stream may store one batch for each of its events, without end: nothing here looks at all of them while it lasts.
 */
export class OutgoingTasks {
  readonly #scheduler: Scheduler;
  readonly #runner: OutgoingRunner;
  readonly #response: Batch;
  readonly #all = new Set<OutgoingBatch>();
  /** What new tasks are put in. */
  #open: OutgoingBatch | undefined;
  /** Of which something waits that was not stored, or did, when somebody looked last. */
  readonly #waitingIn = new Set<OutgoingBatch>();
  /** Those that are the engine's, or on their way to it. */
  readonly #stored = new Set<BackgroundTask>();

  constructor(scheduler: Scheduler, response: Batch) {
    this.#scheduler = scheduler;
    this.#runner = new OutgoingRunner(scheduler);
    this.#response = response;
  }

  get all(): Iterable<OutgoingBatch> {
    return this.#all;
  }

  /** Those that the engine does not run yet. */
  get entries(): Array<Entry<Batch>> {
    return [...this.#all].flatMap(({ entries }) => entries);
  }

  /** Those that are not stored. */
  get waiting(): Array<Entry<Batch>> {
    for (const each of this.#waitingIn) if (each.batch.size === 0) this.#waitingIn.delete(each);
    return [...this.#waitingIn].flatMap(({ batch }) => [...batch.entries]);
  }

  /** As `waiting`, once it was told of each that it was added: whoever is told may cancel it. */
  get told(): Array<Entry<Batch>> {
    for (const { batch } of this.#waitingIn) this.#scheduler.tellAdded(batch);
    return this.waiting;
  }

  has(task: BackgroundTask): boolean {
    if (this.#stored.has(task) || this.#runner.hasCancelled(task)) return true;
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
    const own = isOfFailedStep(due) ? undefined : this.#batchOfAll(due);
    const outgoing = own ?? this.#new(due[0]?.entry.call, due[0]?.outcome);
    if (outgoing === this.#open) this.#open = undefined;
    for (const { entry } of due) {
      entry.batch.remove(entry);
      this.#stored.add(entry.task);
    }
    outgoing.beginToStore(due);
    this.#scheduler.reopen(outgoing.batch);
    return outgoing;
  }

  /** What was in `outgoing` is not the engine's: it waits again. */
  giveBack(outgoing: OutgoingBatch): Array<Entry<Batch>> {
    const back = this.#new(undefined);
    const entries = this.#end(outgoing).map(({ entry }) => entry.in(back.batch));
    for (const entry of entries) back.batch.takeOver(entry);
    back.batch.context = outgoing.batch.context;
    this.#waitingIn.add(back);
    this.#scheduler.reopen(back.batch);
    return entries;
  }

  /** What was stored in `outgoing` is no longer this process's. */
  handOver(outgoing: OutgoingBatch): void {
    this.#end(outgoing);
    this.#finish(outgoing, true);
  }

  /** Finishes what has nothing left, once that is nowhere else: whoever waits for it waits for what was moved, too. */
  finishEmpty(): void {
    if (this.#open?.entries.length === 0) this.#open = undefined;
    const all = [...this.#all];
    if (all.some(({ state, batch }) => state === 'storing' || batch.size > 0)) return;
    for (const each of all) if (each.entries.length === 0) this.#finish(each, false);
  }

  /** The one that has all of them, and of which nothing was stored. */
  #batchOfAll([first, ...others]: readonly StoredEntry[]): OutgoingBatch | undefined {
    const own = [...this.#waitingIn].find(({ batch }) => batch === first?.entry.batch);
    return others.every(({ entry }) => entry.batch === own?.batch) && own?.state === 'open' ? own : undefined;
  }

  #end(outgoing: OutgoingBatch): readonly StoredEntry[] {
    const stored = outgoing.end();
    for (const { entry } of stored) this.#stored.delete(entry.task);
    return stored;
  }

  /** Not where something else waits in it, which is for another end of the response. */
  #finish(outgoing: OutgoingBatch, isHandedOver: boolean): void {
    if (outgoing.batch.size > 0) return;
    this.#all.delete(outgoing);
    this.#waitingIn.delete(outgoing);
    this.#scheduler.finish(outgoing.batch, isHandedOver);
  }

  #new(call: Call | undefined, outcome: Outcome = 'success'): OutgoingBatch {
    const { request, settling, epoch, origin } = this.#response;
    const step = stepAround(call);
    const id = step === undefined ? {} : { id: step.nextBatchId(outcome) };
    const outgoing = new OutgoingBatch(new Batch(this.#runner, request, { ...id, settling, epoch }));
    outgoing.batch.origin = origin;
    this.#all.add(outgoing);
    return outgoing;
  }
}

/** The id of what is open is that for a success. */
function isOfFailedStep(due: readonly StoredEntry[]): boolean {
  return due.some(({ entry, outcome }) => outcome === 'failure' && stepAround(entry.call) !== undefined);
}
