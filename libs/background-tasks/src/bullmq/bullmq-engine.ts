import { type IQueueBackend, type KeepJobs, Queue } from 'bullmq';
import type { DurableBatch } from '../core/tasks/durable-batches.js';
import {
  type DurableEngine,
  type NewBatch,
  notFailedError,
  type RunClaim,
  type SubmitOptions,
  type WorkerOptions,
} from '../durable/engine.js';
import { BEGINNING } from '../durable/stored-data.js';
import { isSettledWithin, tooLate, within } from '../durable/within.js';
import type { Backends } from './backends.js';
import { BullMqWorker } from './bullmq-worker.js';
import { isNothingToDo } from './errors.js';
import { PostgresBackends } from './postgres-backends.js';
import { ReportedErrors } from './reported-errors.js';
import { RedisBackends } from './redis-backends.js';
import { canBeDiscarded, jobName, type JobQueue, seen } from './stored-job.js';

/** Times are milliseconds. */
export interface BullMqEngineOptions {
  /** Options of ioredis or of a `pg` pool, or an open client or pool, which is never closed. */
  readonly connection: unknown;
  readonly backend: 'redis' | 'postgres';
  readonly queue: string;
  /** How long a call waits for the store. */
  readonly submitTimeout: number;
  readonly keepCompleted: { readonly age: number; readonly count: number };
  readonly keepFailed: { readonly age: number; readonly count?: number };
  /** PostgreSQL: makes the tables of BullMQ, and updates them. */
  readonly migrate: boolean;
  /** Where the lines for an operator go. */
  readonly log: { warn(line: string): void };
}

/** The library counts attempts, and says when the next one is; a stack is of no use, as nothing of the user's threw it. */
const JOB = { attempts: 1_000_000, backoff: { type: 'durable' }, stackTraceLimit: 0 };

/** Durable batches as jobs of BullMQ, one job each. */
export class BullMqEngine implements DurableEngine {
  readonly system = 'bullmq';
  readonly #options: BullMqEngineOptions;
  readonly #backends: Backends;
  readonly #errors: ReportedErrors;
  readonly #adding = new Map<string, Promise<unknown>>();
  #open?: JobQueue;
  #worker?: BullMqWorker;
  #closed?: Promise<void>;
  #giveUp = (): void => {};

  constructor(options: BullMqEngineOptions) {
    const { connection, backend, submitTimeout, migrate, log } = options;
    this.#options = options;
    this.#errors = new ReportedErrors((line) => log.warn(line));
    this.#backends =
      backend === 'redis'
        ? new RedisBackends(connection, this.#errors)
        : new PostgresBackends(connection, submitTimeout, migrate);
  }

  /** Tries to reach a Redis until it is closed, and rejects then with what went wrong; a PostgreSQL once. */
  async start(): Promise<void> {
    const closed = new Promise<never>((_, reject) => {
      this.#giveUp = (): void => reject(this.#errors.latest ?? new Error('It was closed before it was reached.'));
    });
    await Promise.race([this.#start(), closed]);
  }

  async submit(batch: NewBatch, { hold, transaction }: SubmitOptions): Promise<void> {
    if (transaction !== undefined) throw noTransactions();
    const { id } = batch;
    const data = { batch, progress: BEGINNING };
    const added = this.#queue.add(jobName(batch), data, { ...JOB, jobId: id, delay: hold });
    this.#adding.set(id, added);
    added.catch(() => {}).finally(() => this.#adding.delete(id));
    await this.#answered(added);
  }

  async extend(id: string, hold: number): Promise<void> {
    await this.#answered(this.#backend.changeDelay(id, hold).catch(unlessNothingToDo));
  }

  async release(id: string): Promise<void> {
    await this.#answered(this.#backend.promote(id).catch(unlessNothingToDo));
  }

  async discard(id: string): Promise<boolean> {
    // what was given up may still arrive: as long as that is not known, nothing can be told
    await this.#answered(this.#adding.get(id)?.catch(() => {}) ?? Promise.resolve());
    if (!canBeDiscarded(await this.#answered(this.#backend.getState(id)))) return false;
    // 0: a worker has it by now
    return (await this.#answered(this.#queue.remove(id))) === 1;
  }

  async get(id: string): Promise<DurableBatch | undefined> {
    // in this order: one that has failed says why
    const state = await this.#answered(this.#backend.getState(id));
    const job = await this.#answered(this.#queue.getJob(id));
    return job === undefined || state === 'unknown' ? undefined : seen(job, state);
  }

  async failed(limit: number): Promise<DurableBatch[]> {
    // to BullMQ, 0 would be the end of a range, and that means all
    if (limit < 1) return [];
    const jobs = await this.#answered(this.#queue.getFailed(0, limit - 1));
    return jobs.map((job) => seen(job, 'failed'));
  }

  async redrive(id: string): Promise<void> {
    const job = await this.#answered(this.#queue.getJob(id));
    if (job === undefined) throw notFailedError(id, undefined);
    try {
      // see JobClaim, for what follows from it
      await this.#answered(job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true }));
    } catch (error) {
      if (!isNothingToDo(error)) throw error;
      throw notFailedError(id, (await this.get(id))?.state);
    }
  }

  async consume(run: RunClaim, options: WorkerOptions): Promise<void> {
    const { queue, keepCompleted, keepFailed } = this.#options;
    const kept = { removeOnComplete: keepJobs(keepCompleted), removeOnFail: keepJobs(keepFailed) };
    const fence = this.#backends.fence(this.#backend);
    const worker = new BullMqWorker(run, { ...options, ...kept, queue, fence }, this.#backends.working);
    this.#worker = worker;
    worker.on('error', this.#errors.add);
    await worker.waitUntilReady();
    worker.run().catch(this.#errors.add);
  }

  async stopClaiming(): Promise<void> {
    await this.#inTime(this.#worker?.stop(), this.#options.submitTimeout);
  }

  close(timeout: number): Promise<void> {
    return (this.#closed ??= this.#close(timeout));
  }

  async #close(timeout: number): Promise<void> {
    const worker = this.#worker;
    this.#giveUp();
    // a quarter of the time is for the connections
    await this.#inTime(
      worker?.stop().then(() => worker.quiet()),
      timeout * 0.75,
    );
    worker?.abandon();
    // with force: without, it waits for a Redis that is away
    await this.#inTime(Promise.all([worker?.close(true), this.#open?.getBackend().close(true)]), timeout * 0.25);
    this.#backends.release();
  }

  async #start(): Promise<void> {
    await this.#backends.prepare();
    if (this.#closed !== undefined) return;
    const { queue, connection } = this.#options;
    const opened: JobQueue = new Queue(queue, { connection }, this.#backends.submitting);
    opened.on('error', this.#errors.add);
    this.#open = opened;
    await opened.waitUntilReady();
  }

  get #queue(): JobQueue {
    if (this.#open === undefined) throw new Error('The connection to the store of durable batches is not open.');
    return this.#open;
  }

  get #backend(): IQueueBackend {
    return this.#queue.getBackend();
  }

  #answered<T>(promise: Promise<T>): Promise<T> {
    const { submitTimeout } = this.#options;
    return within(submitTimeout, promise, () => tooLate('The store of durable batches', submitTimeout));
  }

  /** What goes wrong at the end is told, and no more. */
  async #inTime(promise: Promise<unknown> | undefined, milliseconds: number): Promise<void> {
    await isSettledWithin(milliseconds, Promise.resolve(promise));
  }
}

/** BullMQ wants ages in seconds. */
function keepJobs({ age, count }: { readonly age: number; readonly count?: number }): KeepJobs {
  return { age: Math.ceil(age / 1000), ...(count === undefined ? {} : { count }) };
}

function unlessNothingToDo(error: unknown): void {
  if (!isNothingToDo(error)) throw error;
}

function noTransactions(): Error {
  return new Error(
    'Cannot store durable tasks in a transaction: BullMQ keeps them by connections of its own. ' +
      'Use `PgBossTasksModule` of `nestjs-background-tasks/pg-boss`, which can.',
  );
}
