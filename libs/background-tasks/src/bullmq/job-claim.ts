import type { Claim, Progress } from '../durable/engine.js';
import { Lease } from '../durable/lease.js';
import { BEGINNING, storedData } from '../durable/stored-data.js';
import type { Fence, JobLock } from './fence.js';
import type { JobData } from './stored-job.js';

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
  readonly #lock: JobLock;
  readonly #fence: Fence;
  readonly #lease: Lease;
  readonly #crashesBefore: number;
  readonly #redriven: boolean;

  constructor(lock: JobLock, fence: Fence) {
    const { job, lease } = lock;
    const { batch, progress } = storedData(job.data);
    this.id = job.id ?? '';
    this.batch = batch;
    this.#lock = lock;
    this.#fence = fence;
    this.#lease = new Lease({ batchId: this.id, lease, renew: () => fence.renew(lock) });
    const before = crashesBefore(job.data);
    // a redrive is one command, that makes BullMQ forget how often the job was begun: whoever has it next sees the rest
    this.#redriven = job.attemptsStarted === 1 && (job.stalledCounter > before || hasFailed(progress));
    this.#crashesBefore = this.#redriven ? job.stalledCounter : before;
    this.progress = this.#redriven ? { ...BEGINNING, cursor: progress.cursor } : progress;
    this.crashes = job.stalledCounter - this.#crashesBefore;
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** Begins to renew the lock; resolves when it may be run. */
  async begin(): Promise<void> {
    this.#lease.begin();
    if (this.#redriven) await this.checkpoint(this.progress);
  }

  /** Ends the renewal: the store knows what has become of it. */
  end(): void {
    this.#lease.end();
  }

  /** This worker has it no more. */
  lose(): void {
    this.#lease.lose();
  }

  // a property: whoever runs a batch may take it out of its claim
  readonly checkpoint = (progress: Progress): Promise<void> =>
    this.#lease.writeOrThrow(() => this.#fence.write(this.#lock, this.#dataAt(progress)));

  #dataAt(progress: Progress): JobData {
    const data = { batch: this.batch, progress };
    return this.#crashesBefore === 0 ? data : { ...data, crashes: this.#crashesBefore };
  }
}

function hasFailed({ failures, unknownSince, error }: Progress): boolean {
  return failures > 0 || unknownSince !== undefined || error !== undefined;
}

function crashesBefore(data: unknown): number {
  const { crashes } = Object(data) as { readonly crashes?: unknown };
  return typeof crashes === 'number' ? crashes : 0;
}
