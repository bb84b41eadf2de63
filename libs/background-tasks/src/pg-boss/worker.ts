import type { JobResult, PgBoss } from 'pg-boss';
import { after, clock, delay, setTimeout } from '../core/batch/clock.js';
import { summaryOf } from '../core/errors/error-text.js';
import { LostClaimError, type RunClaim, type Verdict, type WorkerOptions } from '../durable/engine.js';
import { type ClaimedJob, JobClaim } from './claim.js';
import { crashesOf } from './job-data.js';
import type { JobTable } from './job-table.js';

/** Milliseconds between two looks for a batch of which nobody tells: its hold is over, or its worker has died. */
const LOOK = 1000;
/** How often each worker looks for itself: as one of them looks, and wakes the next where it finds something, hardly ever. */
const POLLING_SECONDS = 30;
/** Milliseconds between two looks at what pg-boss tells nobody. */
const MOMENT = 5;
/** That of pg-boss itself, which claims do better: so rare that it never comes. */
const HEARTBEAT_SECONDS = 86_400;

export interface WorkerSettings extends WorkerOptions {
  readonly queue: string;
  /** Seconds that a failed batch is kept. */
  readonly keepFailed: number;
  /** Wakes workers of other processes for a batch that waits. */
  readonly announce: (id: string) => Promise<void>;
  readonly warn: (line: string) => void;
}

/**
 * Claims batches, has them run, and says what has become of them.
 *
 * pg-boss has a worker that fetches many jobs end them together, under one signal; so there are many that fetch one.
 */
export class Worker {
  readonly #boss: PgBoss;
  readonly #table: JobTable;
  readonly #run: RunClaim;
  readonly #settings: WorkerSettings;
  readonly #workers: string[] = [];
  readonly #busy = new Map<string, Promise<JobResult[]>>();
  readonly #claims = new Set<JobClaim>();
  #turn = 0;
  #stopLooking = (): void => {};

  constructor(boss: PgBoss, table: JobTable, run: RunClaim, settings: WorkerSettings) {
    this.#boss = boss;
    this.#table = table;
    this.#run = run;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    for (let worker = 0; worker < this.#settings.concurrency; worker++) await this.#startOne();
    this.#look();
  }

  /** Has an idle worker look for a batch: whoever does so knows of one. */
  wake(): void {
    const idle = this.#workers.filter((worker) => !this.#busy.has(worker));
    const next = idle[this.#turn++ % idle.length];
    if (next !== undefined) this.#boss.notifyWorker(next);
  }

  /** Resolves once nothing more can come, or that time is over: a worker that is just asking for a batch may get one. */
  async stopClaiming(timeout: number): Promise<void> {
    const end = clock.now() + timeout;
    this.#stopLooking();
    await this.#boss.offWork(this.#settings.queue, { wait: false });
    while (this.#isAsking() && clock.now() < end) await delay(MOMENT);
  }

  /** Resolves once all that is claimed is ended, and told. */
  async whenIdle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  /** Gives up what is still claimed: pg-boss tells so, too, but not before the database has answered. */
  giveUp(): void {
    for (const claim of this.#claims) claim.lose();
  }

  #look(): void {
    this.#stopLooking = after(LOOK, () => {
      this.wake();
      this.#look();
    });
  }

  #isAsking(): boolean {
    return this.#boss.getWipData().some(({ state, count }) => state === 'stopping' && count === 0);
  }

  async #startOne(): Promise<void> {
    const options = {
      batchSize: 1,
      perJobResults: true,
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: POLLING_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS,
    } as const;
    const worker: string = await this.#boss.work(this.#settings.queue, options, async ([job]) => {
      const handled = job === undefined ? Promise.resolve([]) : this.#handle(job);
      this.#busy.set(worker, handled);
      // where there is one there may be more
      this.wake();
      const results = await handled;
      this.#busy.delete(worker);
      // it would sleep first
      this.#boss.notifyWorker(worker);
      return results;
    });
    this.#workers.push(worker);
  }

  /** Never rejects; without a result, pg-boss fails the job if this claim still holds, which counts as a crash. */
  async #handle(job: ClaimedJob): Promise<JobResult[]> {
    const claim = new JobClaim(job, this.#table, this.#settings.lease);
    this.#claims.add(claim);
    // that of pg-boss is fenced, too: it finds nothing then. It is made once, and what it could not tell would run again
    try {
      const crashes = crashesOf(job.data, job.retryCount);
      const verdict = crashes < this.#settings.maxCrashes ? await this.#run(claim) : poison(crashes);
      return await this.#settle(claim, job, verdict);
    } catch (error) {
      if (!(error instanceof LostClaimError)) {
        this.#settings.warn(`Cannot tell pg-boss what has become of the durable batch ${job.id}: ${summaryOf(error)}.`);
      }
      return [];
    } finally {
      claim.end();
      this.#claims.delete(claim);
    }
  }

  async #settle(claim: JobClaim, job: ClaimedJob, verdict: Verdict): Promise<JobResult[]> {
    const isSettled = await claim.write((table) => this.#write(table, job, verdict));
    // of all that pg-boss may do about a job that is settled, this is the cheapest
    if (isSettled && verdict.type === 'done') return [{ id: job.id, status: 'completed' }];
    if (isSettled && verdict.type === 'retry') this.#wakeAfter(verdict.in);
    // others look for it anyway, only later
    if (isSettled && verdict.type === 'yield') await this.#settings.announce(job.id).catch(() => undefined);
    return [];
  }

  #write(table: JobTable, job: ClaimedJob, verdict: Verdict): Promise<boolean> {
    if (verdict.type === 'done') return table.complete(job);
    if (verdict.type === 'failed') return table.fail(job, verdict.error, this.#settings.keepFailed);
    return verdict.type === 'retry' ? table.putBack(job, verdict.in, verdict.error) : table.putBack(job, 0);
  }

  #wakeAfter(milliseconds: number): void {
    // those who wait longer than a timer can are found by looking
    if (milliseconds < 2 ** 31) setTimeout(() => this.wake(), milliseconds).unref();
  }
}

function poison(crashes: number): Verdict {
  return {
    type: 'failed',
    error: `Its worker has crashed, or was silent for too long, ${crashes} times while it ran.`,
  };
}
