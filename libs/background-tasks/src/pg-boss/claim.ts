import { after, clock } from '../core/batch/clock.js';
import { type Claim, LostClaimError, type Progress } from '../durable/engine.js';
import { storedData } from '../durable/stored-data.js';
import type { Attempt, JobTable } from './job-table.js';

/** How often a claim is renewed within its lease: one renewal may fail. */
const RENEWALS = 3;
/** Milliseconds until what the database did not take is tried again. */
const PAUSE = 250;

/** What pg-boss hands over. */
export interface ClaimedJob extends Attempt {
  readonly data: unknown;
  readonly signal: AbortSignal;
}

/**
 * The right of this process to run one job, for as long as it renews that.
 *
 * It goes by the clock: where the database is out of reach another worker may have the job once the lease is over,
 * and pg-boss itself says nothing of that. What is written meanwhile is tried until then: a database that starts
 * again in time costs no step.
 */
export class JobClaim implements Claim {
  readonly id: string;
  readonly batch: unknown;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly #job: ClaimedJob;
  readonly #table: JobTable;
  readonly #lease: number;
  readonly #loss = new AbortController();
  #renewedAt = clock.now();
  #stop = (): void => {};

  constructor(job: ClaimedJob, table: JobTable, lease: number) {
    this.id = job.id;
    this.signal = AbortSignal.any([job.signal, this.#loss.signal]);
    ({ batch: this.batch, progress: this.progress } = storedData(job.data));
    this.#job = job;
    this.#table = table;
    this.#lease = lease;
    this.#renewLater();
  }

  // a property: whoever runs a batch may take it out of its claim
  readonly checkpoint = async (progress: Progress): Promise<void> => {
    if (!(await this.write((table) => table.checkpoint(this.#job, progress)))) throw new LostClaimError(this.id);
  };

  /** This worker has it no more, whatever the store knows. */
  lose(): void {
    this.end();
    this.#loss.abort(new LostClaimError(this.id));
  }

  /** Ends the renewal: what follows is fenced by the attempt. */
  end(): void {
    this.#stop();
  }

  /** Resolves to whether the claim still held when `statement` was run. */
  async write(statement: (table: JobTable) => Promise<boolean>): Promise<boolean> {
    while (!this.signal.aborted) {
      try {
        return await this.#held(statement(this.#table));
      } catch (error) {
        if (isRefusal(error)) throw error;
        await new Promise<void>((resolve) => void after(PAUSE, resolve));
      }
    }
    return false;
  }

  /** What a fenced statement resolves to; false if the claim is lost before. */
  async #held(written: Promise<boolean>): Promise<boolean> {
    const asked = clock.now();
    const isHeld = await this.#unlessLost(written);
    if (isHeld) this.#renewedAt = asked;
    else this.lose();
    return isHeld;
  }

  #unlessLost(written: Promise<boolean>): Promise<boolean> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const lost = (): void => resolve(false);
      signal.addEventListener('abort', lost);
      written.then(resolve, reject).finally(() => signal.removeEventListener('abort', lost));
    });
  }

  #renewLater(): void {
    this.#stop = after(this.#lease / RENEWALS, () => {
      if (clock.now() - this.#renewedAt >= this.#lease) return this.lose();
      this.#renewLater();
      // what goes wrong is seen by the clock
      this.#held(this.#table.touch(this.#job)).catch(() => undefined);
    });
  }
}

/** Whether the server has understood, and says no: then it will say so again. */
function isRefusal(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  // what is not of five characters is Node's; 08, 40, 53, 57: connection, serialization, resources, somebody shuts it down
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) && !/^(08|40|53|57)/.test(code);
}
