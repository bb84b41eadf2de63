import type { SettledEntry } from '../core/batch/batch.js';
import { clock } from '../core/batch/clock.js';
import { summaryOf } from '../core/errors/error-text.js';
import { isLastError } from '../core/running/retries.js';
import type { Scheduler } from '../core/running/scheduler.js';
import { backoffOf, waitAfter } from './backoff.js';
import { ClaimedBatch } from './claimed-batch.js';
import type { StoredIn } from '../core/tasks/task-context.js';
import type { StepDefaults } from './durable.options.js';
import type { StepCall } from './step-call.js';
import { type Claim, LostClaimError, type NewBatch, type Progress, type Step, type Verdict } from './engine.js';

/** A step whose name this worker does not know is the next one. */
export interface MetUnknown {
  readonly unknown: string;
  /** The names of what is left. */
  readonly left: readonly string[];
  readonly progress: Progress;
}

/** What holds for all that one worker claims. */
export interface ClaimSettings {
  readonly defaults: Required<StepDefaults>;
  /** Where it claims. */
  readonly store: StoredIn;
}

/** One claim of a batch: its steps, in order, until one of them has to wait, or fails. */
export class ClaimRun {
  readonly #scheduler: Scheduler;
  readonly #defaults: Required<StepDefaults>;
  readonly #claim: Claim;
  readonly #batch: NewBatch;
  readonly #claimed: ClaimedBatch;
  #progress: Progress;

  constructor(scheduler: Scheduler, { defaults, store }: ClaimSettings, claim: Claim, batch: NewBatch) {
    this.#scheduler = scheduler;
    this.#defaults = defaults;
    this.#claim = claim;
    this.#batch = batch;
    this.#progress = claim.progress;
    this.#claimed = new ClaimedBatch(scheduler, batch, store, this.#progress.cursor, claim.signal);
  }

  /** @throws LostClaimError by rejecting. */
  async run(): Promise<Verdict | MetUnknown> {
    let ended: Verdict | MetUnknown | undefined;
    try {
      while (ended === undefined) ended = await this.#goOn();
      return ended;
    } finally {
      const isOver = ended !== undefined && 'type' in ended && (ended.type === 'done' || ended.type === 'failed');
      this.#claimed.leave(isOver);
    }
  }

  async #goOn(): Promise<Verdict | MetUnknown | undefined> {
    const { cursor } = this.#progress;
    const step = this.#batch.steps[cursor];
    if (step === undefined) return { type: 'done' };
    if (this.#claim.signal.aborted) throw new LostClaimError(this.#claim.id);
    if (this.#scheduler.isDraining) return { type: 'yield' };
    const method = this.#scheduler.durableNames?.find(step.name);
    if (method === undefined) return { unknown: step.name, left: this.#namesFrom(cursor), progress: this.#progress };
    const call = this.#claimed.callOf(cursor, this.#progress.failures + 1);
    return this.#attempt(this.#claimed.entryOf(cursor, step, method, call), step, call);
  }

  async #attempt(entry: SettledEntry, step: Step, call: StepCall): Promise<Verdict | undefined> {
    const began = clock.wallTime();
    const { reports } = this.#scheduler;
    const { timeout = this.#defaults.timeout } = step;
    reports.started(entry);
    try {
      await this.#claimed.attempt(entry, call, timeout ?? Infinity);
    } catch (error) {
      return this.#failed(entry, step, error, began);
    }
    this.#claimed.stepEnded();
    reports.succeeded(entry, call.attempt);
    this.#progress = { cursor: this.#progress.cursor + 1, failures: 0 };
    // the end of the last one is written down by the engine
    if (this.#progress.cursor < this.#batch.steps.length) await this.#claim.checkpoint(this.#progress);
    return undefined;
  }

  async #failed(entry: SettledEntry, step: Step, error: unknown, began: number): Promise<Verdict> {
    const { reports, hasStopped } = this.#scheduler;
    if (this.#claim.signal.aborted || hasStopped) {
      reports.brokenOff();
      if (hasStopped) return { type: 'yield' };
      throw new LostClaimError(this.#claim.id);
    }
    const { cursor, since = began, failures: before } = this.#progress;
    const failures = before + 1;
    const backoff = backoffOf(step, this.#defaults);
    const isOutOfTime = clock.wallTime() - since >= backoff.maxRetryTime;
    const summary = summaryOf(error);
    if (failures > backoff.retries || isOutOfTime || (await isLastError(error)))
      return this.#giveUp(entry, failures, error);
    reports.retriedLater(entry, failures, error);
    await this.#claim.checkpoint({ cursor, failures, since, error: summary });
    return { type: 'retry', in: waitAfter(failures, backoff), error: summary };
  }

  /** The later steps never run, unless somebody has the batch go on. */
  #giveUp(entry: SettledEntry, failures: number, error: unknown): Verdict {
    const { reports, durableNames } = this.#scheduler;
    this.#claimed.stepEnded();
    reports.failed(entry, failures, error);
    const next = this.#progress.cursor + 1;
    const rest = this.#batch.steps.slice(next).map((step, place) => {
      const skipped = this.#claimed.entryOf(next + place, step, durableNames?.find(step.name));
      this.#claimed.stepEnded();
      reports.skipped(skipped, 'failure');
      return skipped.task;
    });
    reports.log.failed(entry, failures, error, rest);
    return { type: 'failed', error: summaryOf(error) };
  }

  #namesFrom(cursor: number): string[] {
    return this.#batch.steps.slice(cursor).map(({ name }) => name);
  }
}
