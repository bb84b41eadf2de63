import { clock } from '../core/batch/clock.js';
import type { Scheduler } from '../core/running/scheduler.js';
import { ClaimRun, type ClaimSettings } from './claim-run.js';
import type { DurableLog } from './durable-log.js';
import type { Claim, Progress, Verdict } from './engine.js';
import { readBatch } from './read-batch.js';

/** Milliseconds that a batch waits for a worker which knows its names, and between looks for one. */
const UNKNOWN_PATIENCE = 3_600_000;
const FIRST_LOOK = 1_000;
const LONGEST_LOOK = 30_000;

/**
 * What a worker does with each batch that it claims: its steps in order, from its cursor to a verdict.
 *
 * It knows no engine. Attempts are counted here, step by step: an engine's own count would be of the batch, and would be
 * spent by shutdowns and crashes.
 */
export class StepLoop {
  readonly #scheduler: Scheduler;
  readonly #settings: ClaimSettings;
  readonly #log: DurableLog;

  constructor(scheduler: Scheduler, settings: ClaimSettings, log: DurableLog) {
    this.#scheduler = scheduler;
    this.#settings = settings;
    this.#log = log;
  }

  /** @throws LostClaimError by rejecting: another worker has the batch. */
  async run(claim: Claim): Promise<Verdict> {
    // not before it was looked at: one that nobody can run would be handed round for ever
    const read = readBatch(claim.batch);
    if (read.type === 'foreign') {
      this.#log.foreign(claim.id);
      return { type: 'failed', error: 'It is no batch of nestjs-background-tasks, or of a shape that is not known.' };
    }
    if (read.type === 'unknown version')
      return this.#leaveUnknown(claim, `version ${read.version}`, [], claim.progress);
    const run = new ClaimRun(this.#scheduler, this.#settings, claim, read.batch);
    const ended = await run.run();
    if (!('unknown' in ended)) return ended;
    return this.#leaveUnknown(claim, `the name "${ended.unknown}"`, ended.left, ended.progress);
  }

  /** For another worker, which may know it. That spends no attempt. */
  async #leaveUnknown(claim: Claim, what: string, left: readonly string[], progress: Progress): Promise<Verdict> {
    const now = clock.wallTime();
    const { unknownSince: since = now } = progress;
    const error = `No worker knows ${what}.`;
    if (now - since >= UNKNOWN_PATIENCE) {
      this.#log.stayedUnknown(claim.id, what, left);
      return { type: 'failed', error };
    }
    if (progress.unknownSince === undefined) {
      this.#log.unknown(claim.id, what, UNKNOWN_PATIENCE);
      await claim.checkpoint({ ...progress, unknownSince: since });
    }
    return { type: 'retry', in: Math.min(now - since + FIRST_LOOK, LONGEST_LOOK), error };
  }
}
