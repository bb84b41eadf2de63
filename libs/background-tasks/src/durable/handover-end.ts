import type { Batch } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Call, Settlement } from '../core/batch/outcome.js';
import type { CallEnd } from '../core/batch/task-store.js';
import { nameOf } from '../core/errors/wording.js';
import type { Outcome } from '../core/tasks/task-context.js';
import { isFor, runOnOf } from './new-batch.js';
import type { OutgoingBatch, StoredEntry } from './outgoing-batch.js';
import type { OutgoingTasks } from './outgoing-tasks.js';
import { isGivenUp } from './step-call.js';
import type { Submissions } from './submissions.js';

/** Why nothing could be stored for the client. */
export interface StoreFailure {
  readonly error: unknown;
  /** The call that was about to end; none at the response's first byte. */
  readonly call: Call | undefined;
}

/** What becomes of the durable tasks of a response once that is over: released, discarded, stored late, skipped or lost. */
export class HandoverEnd {
  #failure?: StoreFailure | undefined;
  readonly #submissions: Submissions;
  readonly #response: Batch;
  readonly #tasks: OutgoingTasks;

  constructor(submissions: Submissions, response: Batch, tasks: OutgoingTasks) {
    this.#submissions = submissions;
    this.#response = response;
    this.#tasks = tasks;
  }

  /** From now on nothing is tried for the client, who is told so. */
  fail(failure: StoreFailure): void {
    this.#failure ??= failure;
  }

  /** Why nothing can be stored for what is about to end; a call that is another attempt begins anew. */
  failureFor(ending?: CallEnd): StoreFailure | undefined {
    const { call } = this.#failure ?? {};
    if (call !== undefined && ending !== undefined && ending.call !== call) this.#failure = undefined;
    return this.#failure;
  }

  /** How the response ended is known, perhaps not for the first time: not while a late handler is at work. */
  settle(): void {
    const { settlement } = this.#response.settling;
    if (settlement === undefined) return;
    for (const outgoing of this.#tasks.all) this.#tellSettled(outgoing, settlement);
    for (const outgoing of this.#tasks.all) if (outgoing.state === 'held') this.#settleHeld(outgoing);
    if (this.#submissions.scheduler.hasStopped) this.#skipByShutdown();
    else this.#settleWaiting(settlement);
    this.#tasks.finishEmpty();
  }

  /** `entries` could not be stored: said once, and told of each. */
  lose(entries: ReadonlyArray<Entry<Batch>>, error: unknown): void {
    const [first] = entries;
    if (first === undefined) return;
    const { reports } = this.#submissions.scheduler;
    for (const entry of entries) {
      entry.batch.remove(entry);
      reports.lost(entry, error);
    }
    reports.log.notTaken(
      first,
      entries.map(({ task }) => nameOf(task)),
      error,
    );
  }

  #tellSettled(outgoing: OutgoingBatch, settlement: Settlement): void {
    if (outgoing.told === settlement || outgoing.entries.length === 0) return;
    outgoing.told = settlement;
    this.#submissions.scheduler.tellSettled(outgoing.batch, settlement);
  }

  #outcomeOf({ call }: Entry<Batch>): Outcome {
    const { settling } = this.#response;
    return (call && settling.outcomeFor(call)) ?? settling.settlement?.outcome ?? 'failure';
  }

  #isDue(entry: Entry<Batch>): boolean {
    if (isGivenUp(entry)) return false;
    const { defaults } = this.#submissions.scheduler.options;
    return isFor(runOnOf(entry, defaults.runOn), this.#outcomeOf(entry));
  }

  #settleHeld(outgoing: OutgoingBatch): void {
    // whoever makes the attempt again stores the same
    if (outgoing.stored.some(({ entry }) => isGivenUp(entry))) return this.#leave(outgoing);
    outgoing.state = 'over';
    void (this.#isAsExpected(outgoing) ? this.#release(outgoing) : this.#discard(outgoing));
  }

  #isAsExpected({ stored }: OutgoingBatch): boolean {
    return stored.every(({ entry, outcome }) => this.#outcomeOf(entry) === outcome);
  }

  /** Its hold will be over, unless somebody else releases it before. */
  #leave(outgoing: OutgoingBatch): void {
    outgoing.state = 'over';
    this.#submissions.scheduler.reports.released(outgoing.batch, outgoing.stored.length);
    this.#tasks.handOver(outgoing);
  }

  async #release(outgoing: OutgoingBatch): Promise<void> {
    // first: it may be run in this process, which tells of that, before the engine has answered
    this.#submissions.scheduler.reports.released(outgoing.batch, outgoing.stored.length);
    await this.#submissions.release(outgoing);
    this.#tasks.handOver(outgoing);
    this.#tasks.finishEmpty();
  }

  /** What is for the other end of the response is stored anew; where it was too late, that runs with the rest. */
  async #discard(outgoing: OutgoingBatch): Promise<void> {
    const isDiscarded = await this.#submissions.discard(outgoing);
    const { reports } = this.#submissions.scheduler;
    reports.takenBack(outgoing.stored.length);
    const returned = this.#tasks.giveBack(outgoing);
    // of a transaction that was rolled back, there was nothing
    if (isDiscarded === undefined && !outgoing.isInTransaction) {
      reports.log.notTakenBack(returned.map(({ task }) => nameOf(task)));
    }
    if (isDiscarded !== true) for (const entry of returned) this.#skipByOutcome(entry);
    this.settle();
  }

  #settleWaiting({ status, aborted }: Settlement): void {
    const due: StoredEntry[] = [];
    for (const entry of this.#tasks.told) {
      entry.settle({ outcome: 'success', status, aborted }, this.#outcomeOf(entry));
      if (this.#isDue(entry)) due.push({ entry, outcome: entry.outcome });
      else this.#skipByOutcome(entry);
    }
    if (due.length === 0) return;
    const entries = due.map(({ entry }) => entry);
    if (this.#failure === undefined) void this.#storeLate(due);
    else this.lose(entries, this.#failure.error);
  }

  async #storeLate(due: readonly StoredEntry[]): Promise<void> {
    const outgoing = this.#tasks.begin(due);
    const { settlement } = this.#response.settling;
    if (settlement !== undefined) this.#tellSettled(outgoing, settlement);
    const { reports } = this.#submissions.scheduler;
    try {
      await this.#submissions.submitLate(outgoing);
    } catch (error) {
      this.lose(this.#tasks.giveBack(outgoing), error);
      return this.#tasks.finishEmpty();
    }
    const names = outgoing.stored.map(({ entry }) => nameOf(entry.task));
    reports.stored(outgoing.batch, names);
    reports.released(outgoing.batch, names.length);
    this.#tasks.handOver(outgoing);
    this.#tasks.finishEmpty();
  }

  #skipByOutcome(entry: Entry<Batch>): void {
    const { reports } = this.#submissions.scheduler;
    entry.batch.remove(entry);
    reports.skipped(entry, 'outcome');
    reports.log.skippedByOutcome(entry);
  }

  #skipByShutdown(): void {
    const { reports } = this.#submissions.scheduler;
    for (const entry of this.#tasks.told) {
      entry.batch.remove(entry);
      reports.skipped(entry, 'shutdown');
      reports.log.skippedByShutdown(entry);
    }
  }
}
