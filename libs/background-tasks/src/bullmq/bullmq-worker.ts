import {
  type IQueueBackend,
  type JobProgress,
  type KeepJobs,
  UnrecoverableError,
  WaitingError,
  Worker,
  type WorkerOptions as BullMqOptions,
} from 'bullmq';
import { delay, turn } from '../core/batch/clock.js';
import type { RunClaim, Verdict, WorkerOptions } from '../durable/engine.js';
import type { OpenBackend } from './backends.js';
import { isAnswer, RetryLater, waitAfter } from './errors.js';
import type { Fence } from './fence.js';
import { JobClaim } from './job-claim.js';
import type { StoredJob } from './stored-job.js';

/** What becomes of a batch that has cost too many workers their claims; those may have been of other processes. */
const POISON =
  'It counts as poison: too often the worker that ran it has crashed, or was silent for longer than its lease.';

/** Milliseconds until the store is told again what it did not take. */
const PAUSE = 250;

/** What BullMQ is not to count: the library does, by step. */
const ENDLESS = 1_000_000;

export interface BullMqWorkerOptions extends WorkerOptions {
  readonly queue: string;
  readonly removeOnComplete: KeepJobs;
  readonly removeOnFail: KeepJobs;
  /** Where claims are renewed and checkpoints are written: it must not send anything late. */
  readonly fence: Fence;
}

type AnyWorker = Worker<unknown, null, string, IQueueBackend, JobProgress, unknown>;

/** BullMQ's worker, which has batches run. It begins with `run()`. */
export class BullMqWorker extends Worker<unknown, null, string, IQueueBackend, JobProgress, unknown> {
  readonly #work = new Set<Promise<unknown>>();
  /** By the token that a claim has, until the store is told what has become of its job. */
  readonly #claims: Map<string, JobClaim>;

  constructor(run: RunClaim, options: BullMqWorkerOptions, open: OpenBackend) {
    const claims = new Map<string, JobClaim>();
    super(options.queue, (job, token) => runJob(job, token ?? '', run, options, claims), bullMqOptions(options), open);
    this.#claims = claims;
  }

  /** Claims nothing more, and lets go of the marker by which others are told of a batch. */
  async stop(): Promise<void> {
    await this.pause(true);
    await this.backend.disconnectBlocking(true);
  }

  /** Resolves when the verdicts on all that it has claimed are in the store. */
  async quiet(): Promise<void> {
    do {
      await Promise.allSettled(this.#work);
      // what was claimed just now is about to be run
      await turn();
    } while (this.#work.size > 0);
  }

  /** What it still has is lost. */
  abandon(): void {
    for (const claim of this.#claims.values()) claim.lose();
  }

  override processJob(...args: Parameters<AnyWorker['processJob']>): ReturnType<AnyWorker['processJob']> {
    return this.#tracked(super.processJob(...args));
  }

  /** BullMQ looks for a job after it has waited for one, also when it was paused meanwhile. */
  protected override moveToActive(token: string, name?: string): Promise<StoredJob> {
    return this.paused ? this.nextJobFromJobData() : this.#tracked(super.moveToActive(token, name));
  }

  protected override handleCompleted(
    ...args: Parameters<AnyWorker['handleCompleted']>
  ): ReturnType<AnyWorker['handleCompleted']> {
    return this.#tell(args[2], () => super.handleCompleted(...args));
  }

  protected override handleFailed(
    ...args: Parameters<AnyWorker['handleFailed']>
  ): ReturnType<AnyWorker['handleFailed']> {
    return this.#tell(args[2], () => super.handleFailed(...args));
  }

  /** BullMQ asks once; what the store did not hear would run again, though it is done. */
  async #tell<T>(token: string, tell: () => Promise<T>): Promise<T> {
    const claim = this.#claims.get(token);
    try {
      for (;;) {
        try {
          return await tell();
        } catch (error) {
          if (claim === undefined || claim.signal.aborted || isAnswer(error)) throw error;
          this.emit('error', error as Error);
        }
        await delay(PAUSE);
      }
    } finally {
      claim?.end();
      this.#claims.delete(token);
    }
  }

  async #tracked<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }
}

function bullMqOptions(options: BullMqWorkerOptions): BullMqOptions<unknown> {
  const { concurrency, lease, checkEvery, removeOnComplete, removeOnFail } = options;
  return {
    connection: {},
    autorun: false,
    concurrency,
    lockDuration: lease,
    // by each claim
    skipLockRenewal: true,
    stalledInterval: checkEvery,
    maxStalledCount: ENDLESS,
    runRetryDelay: 1000,
    removeOnComplete,
    removeOnFail,
    settings: { backoffStrategy: (_attempts, _type, error) => waitAfter(error) },
  };
}

async function runJob(
  job: StoredJob,
  token: string,
  run: RunClaim,
  { fence, lease, maxCrashes }: BullMqWorkerOptions,
  claims: Map<string, JobClaim>,
): Promise<null> {
  const claim = new JobClaim({ job, token, lease }, fence);
  if (claim.crashes >= maxCrashes) throw new UnrecoverableError(POISON);
  claims.set(token, claim);
  return conclude(job, token, await verdictOn(claim, run));
}

/** None where the claim is lost: then there is nothing to tell. */
async function verdictOn(claim: JobClaim, run: RunClaim): Promise<Verdict | undefined> {
  try {
    await claim.begin();
    const verdict = await run(claim);
    return claim.signal.aborted ? undefined : verdict;
  } catch {
    return undefined;
  }
}

/** What BullMQ does with a job depends on what is thrown. `WaitingError`: nothing, that was done already, or is not ours to do. */
async function conclude(job: StoredJob, token: string, verdict: Verdict | undefined): Promise<null> {
  if (verdict?.type === 'done') return null;
  if (verdict?.type === 'failed') throw new UnrecoverableError(verdict.error);
  if (verdict?.type === 'retry') throw new RetryLater(verdict.error, verdict.in);
  // where that fails, the lock ends, and others find the job then
  if (verdict?.type === 'yield') await job.moveToWait(token).catch(() => {});
  throw new WaitingError();
}
