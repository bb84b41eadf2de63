import type { IQueueBackend } from 'bullmq';
import { after, clock } from '../core/batch/clock.js';
import { type Claim, LostClaimError, type Progress } from '../durable/engine.js';
import { BEGINNING, storedData } from '../durable/stored-data.js';
import { isMissing } from './errors.js';
import type { JobData, StoredJob } from './stored-job.js';
import { within } from './within.js';

/** How often a claim is renewed within its lease: one renewal may fail. */
const RENEWALS = 3;
/** Milliseconds until what the store did not take is tried again. */
const PAUSE = 250;

/**
 * A job that this worker has, as long as it renews its lock.
 *
 * BullMQ's own renewal knows jobs by their ids: where a worker claims again what it has lost itself, the end of the first
 * run would end the renewal of the second. This one knows its token, and finds out by the clock, too.
 */
export class JobClaim implements Claim {
  readonly id: string;
  readonly batch: unknown;
  readonly progress: Progress;
  /** How often a worker has lost this batch. */
  readonly crashes: number;
  readonly #job: StoredJob;
  readonly #token: string;
  readonly #backend: IQueueBackend;
  readonly #lease: number;
  readonly #crashesBefore: number;
  readonly #redriven: boolean;
  readonly #abort = new AbortController();
  #renewedAt = clock.now();
  #stop = (): void => {};

  constructor(job: StoredJob, token: string, backend: IQueueBackend, lease: number) {
    const { batch, progress } = storedData(job.data);
    this.id = job.id ?? '';
    this.batch = batch;
    this.#job = job;
    this.#token = token;
    this.#backend = backend;
    this.#lease = lease;
    const before = crashesBefore(job.data);
    // a redrive is one command, that makes BullMQ forget how often the job was begun: whoever has it next sees the rest
    this.#redriven = job.attemptsStarted === 1 && (job.stalledCounter > before || hasFailed(progress));
    this.#crashesBefore = this.#redriven ? job.stalledCounter : before;
    this.progress = this.#redriven ? { ...BEGINNING, cursor: progress.cursor } : progress;
    this.crashes = job.stalledCounter - this.#crashesBefore;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Begins to renew the lock; resolves when it may be run. */
  async begin(): Promise<void> {
    this.#renewLater();
    if (this.#redriven) await this.checkpoint(this.progress);
  }

  /** Ends the renewal: the store knows what has become of it. */
  end(): void {
    this.#stop();
  }

  /** This worker has it no more. */
  lose(): void {
    this.#stop();
    this.#abort.abort(new LostClaimError(this.id));
  }

  readonly checkpoint = async (progress: Progress): Promise<void> => {
    while (!(await this.#wrote(progress))) {
      await new Promise<void>((resolve) => {
        after(PAUSE, resolve);
      });
    }
  };

  async #wrote(progress: Progress): Promise<boolean> {
    try {
      // two commands: a worker that loses its claim between them, within a round trip, writes all the same
      if (!this.signal.aborted && (await this.#renew())) {
        await this.#answered(this.#backend.updateData(this.#job, this.#dataAt(progress)));
        return true;
      }
    } catch (error) {
      if (isMissing(error)) this.lose();
      // else it is tried again, until the store is back, or the lease is over
    }
    if (this.signal.aborted) throw new LostClaimError(this.id);
    return false;
  }

  #dataAt(progress: Progress): JobData {
    const data = { batch: this.batch, progress };
    return this.#crashesBefore === 0 ? data : { ...data, crashes: this.#crashesBefore };
  }

  async #renew(): Promise<boolean> {
    const asked = clock.now();
    const extended = await this.#answered(this.#backend.extendLock(this.id, this.#token, this.#lease));
    if (extended > 0) this.#renewedAt = asked;
    else this.lose();
    return extended > 0;
  }

  #renewLater(): void {
    this.#stop = after(this.#lease / RENEWALS, () => {
      // also where the store is out of reach, or the process was asleep: another worker may have it by now
      if (clock.now() - this.#renewedAt >= this.#lease) return this.lose();
      this.#renewLater();
      this.#renew().catch(() => {});
    });
  }

  #answered<T>(promise: Promise<T>): Promise<T> {
    return within(this.#lease, 'The store has not answered', promise);
  }
}

function hasFailed({ failures, unknownSince, error }: Progress): boolean {
  return failures > 0 || unknownSince !== undefined || error !== undefined;
}

function crashesBefore(data: unknown): number {
  const { crashes } = Object(data) as { readonly crashes?: unknown };
  return typeof crashes === 'number' ? crashes : 0;
}
