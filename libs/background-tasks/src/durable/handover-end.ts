import type { Batch } from '../core/batch/batch.js';
import type { Entry } from '../core/batch/batch-entry.js';
import type { Settlement } from '../core/batch/settling.js';
import { nameOf } from '../core/errors/wording.js';
import type { Outcome } from '../core/tasks/task-context.js';
import { runOnOf } from './new-batch.js';
import type { OutgoingBatch, StoredEntry } from './outgoing-batch.js';
import type { OutgoingTasks } from './outgoing-tasks.js';
import { isGivenUp } from './step-call.js';
import type { Submissions } from './submissions.js';

/** What becomes of the durable tasks of a response once that is over: released, discarded, stored late, skipped or lost. */
export class HandoverEnd {
  /** Why nothing could be stored for the client: nothing is tried again after that. */
  failure?: { readonly error: unknown };
  readonly #submissions: Submissions;
  readonly #response: Batch;
  readonly #tasks: OutgoingTasks;
  #told?: Settlement;

  constructor(submissions: Submissions, response: Batch, tasks: OutgoingTasks) {
    this.#submissions = submissions;
    this.#response = response;
    this.#tasks = tasks;
  }

  /** How the response ended is known, perhaps not for the first time: not while a late handler is at work. */
  settle(): void {
    const { settlement } = this.#response.settling;
    if (settlement === undefined) return;
    this.#tellSettled(settlement);
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
      this.#tasks.remove(entry);
      reports.lost(entry, error);
    }
    reports.log.notTaken(
      first,
      entries.map(({ task }) => nameOf(task)),
      error,
    );
  }

  #tellSettled(settlement: Settlement): void {
    if (this.#told === settlement) return;
    this.#told = settlement;
    for (const { batch, entries } of this.#tasks.all) {
      if (entries.length > 0) this.#submissions.scheduler.tellSettled(batch, settlement);
    }
  }

  #outcomeOf({ call }: Entry<Batch>): Outcome {
    const { settling } = this.#response;
    return (call && settling.outcomeFor(call)) ?? settling.settlement?.outcome ?? 'failure';
  }

  #isDue(entry: Entry<Batch>): boolean {
    if (isGivenUp(entry)) return false;
    const { defaults } = this.#submissions.scheduler.options;
    const runOn = runOnOf(entry, defaults.runOn);
    return runOn === 'always' || runOn === this.#outcomeOf(entry);
  }

  #settleHeld(outgoing: OutgoingBatch): void {
    // whoever makes the attempt again stores the same
    if (outgoing.stored.some(({ entry }) => isGivenUp(entry))) return this.#leave(outgoing);
    const isAsExpected = outgoing.stored.every(({ entry, outcome }) => this.#outcomeOf(entry) === outcome);
    outgoing.state = 'over';
    void (isAsExpected ? this.#release(outgoing) : this.#discard(outgoing));
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
  }

  /** What is for the other end of the response is stored anew; where it was too late, that runs with the rest. */
  async #discard(outgoing: OutgoingBatch): Promise<void> {
    const isDiscarded = await this.#submissions.discard(outgoing);
    const { reports } = this.#submissions.scheduler;
    reports.takenBack(outgoing.stored.length);
    const returned = this.#tasks.giveBack(outgoing);
    if (isDiscarded !== true) for (const { entry } of returned) this.#skipByOutcome(entry);
    this.settle();
  }

  #settleWaiting({ status, aborted }: Settlement): void {
    const due: StoredEntry[] = [];
    for (const entry of this.#tasks.waiting) {
      entry.settle({ outcome: 'success', status, aborted }, this.#outcomeOf(entry));
      if (this.#isDue(entry)) due.push({ entry, outcome: entry.outcome });
      else this.#skipByOutcome(entry);
    }
    if (due.length === 0) return;
    if (this.failure === undefined) void this.#storeLate(due);
    else
      this.lose(
        due.map(({ entry }) => entry),
        this.failure.error,
      );
  }

  async #storeLate(due: readonly StoredEntry[]): Promise<void> {
    const outgoing = this.#tasks.begin(due);
    const { reports } = this.#submissions.scheduler;
    try {
      await this.#submissions.submitLate(outgoing);
    } catch (error) {
      this.lose(
        this.#tasks.giveBack(outgoing).map(({ entry }) => entry),
        error,
      );
      return this.#tasks.finishEmpty();
    }
    reports.stored(
      outgoing.batch,
      outgoing.stored.map(({ entry }) => nameOf(entry.task)),
    );
    reports.released(outgoing.batch, outgoing.stored.length);
    this.#tasks.handOver(outgoing);
    this.#tasks.finishEmpty();
  }

  #skipByOutcome(entry: Entry<Batch>): void {
    const { scheduler } = this.#submissions;
    scheduler.tellAdded(entry.batch);
    this.#tasks.remove(entry);
    scheduler.reports.skipped(entry, 'outcome');
    scheduler.reports.log.skippedByOutcome(entry);
  }

  #skipByShutdown(): void {
    const { reports } = this.#submissions.scheduler;
    for (const entry of this.#tasks.waiting) {
      this.#tasks.remove(entry);
      reports.skipped(entry, 'shutdown');
      reports.log.skippedByShutdown(entry);
    }
  }
}
