import type { ConstructorOptions, Db, PgBoss } from 'pg-boss';
import { clock } from '../core/batch/clock.js';
import { summaryOf } from '../core/errors/error-text.js';
import type { DurableBatch } from '../core/tasks/durable-batches.js';
import {
  type DurableEngine,
  type NewBatch,
  notFailedError,
  type RunClaim,
  type SubmitOptions,
  type WorkerOptions,
} from '../durable/engine.js';
import { Boss } from './boss.js';
import { connectionOf } from './connection.js';
import { databaseOf } from './database.js';
import { newData } from './job-data.js';
import { isUuid, JobTable } from './job-table.js';
import { HOUR, LONGEST_WAIT, queueSettings, SHORTEST_LEASE, wholeSeconds } from './queue-settings.js';
import { Submissions } from './submissions.js';
import { isSettledWithin, tooLate, within } from '../durable/within.js';
import { RareWarnings } from '../durable/rare-warnings.js';
import { Worker } from './worker.js';

export interface PgBossEngineOptions {
  /** Options of a pool of `pg`, or a connection string; or an open pool, or PgBoss, which stay open. */
  readonly connection: unknown;
  readonly schema: string;
  readonly queue: string;
  /** Milliseconds that each call may take, but storing a batch in a transaction. */
  readonly submitTimeout: number;
  /** Milliseconds, at least: what is older is looked for at times only. */
  readonly keepCompleted: { readonly age: number };
  readonly keepFailed: { readonly age: number };
  /** Whether the tables are made, and updated, at the start. */
  readonly migrate: boolean;
  readonly log: { warn(line: string): void };
}

/**
 * Durable batches as jobs of pg-boss, in PostgreSQL.
 *
 * One instance of it stores them; another, with connections of its own, lest a response waits behind the workers, runs
 * them. What its API cannot do is done to its table, `job`, which its documentation describes.
 */
export class PgBossEngine implements DurableEngine {
  readonly system = 'pg-boss';
  readonly #options: PgBossEngineOptions;
  readonly #warnings: RareWarnings;
  readonly #submissions: Submissions;
  #submitter?: Boss;
  #consumer?: Boss;
  #worker?: Worker;

  constructor(options: PgBossEngineOptions) {
    this.#options = options;
    this.#warnings = new RareWarnings((line) => options.log.warn(line));
    this.#submissions = new Submissions(options.submitTimeout, (id) => this.#table.delete(id));
  }

  async start(): Promise<void> {
    const { queue } = this.#options;
    this.#submitter = this.#boss({ supervise: false, useListenNotify: false });
    await this.#submitter.start().catch((error: unknown) => this.#explain(error));
    const { policy, heartbeatSeconds, ...settings } = queueSettings(this.#options);
    await this.#pgBoss.createQueue(queue, { policy, heartbeatSeconds, ...settings });
    // it was made by an earlier version, or with other options; the workers know how long a lease is
    await this.#pgBoss.updateQueue(queue, settings);
  }

  async submit(batch: NewBatch, { hold, transaction }: SubmitOptions): Promise<void> {
    if (transaction === undefined) {
      await this.#submissions.submit(batch.id, () => this.#send(batch, hold));
      return hold === 0 ? this.#worker?.wake() : undefined;
    }
    const db = databaseOf(transaction);
    // pg-boss reckons from when the transaction began
    await this.#send(batch, hold === 0 ? 0 : hold + (await JobTable.age(db)), db);
  }

  async extend(id: string, hold: number): Promise<void> {
    if (!isUuid(id)) return;
    await this.#answered(this.#pgBoss.update(this.#options.queue, undefined, { id, startAfter: hold / 1000 }));
  }

  async release(id: string): Promise<void> {
    // it tells the workers of other processes, too
    await this.extend(id, 0);
    this.#worker?.wake();
  }

  discard(id: string): Promise<boolean> {
    return this.#answered(this.#submissions.discard(id));
  }

  get(id: string): Promise<DurableBatch | undefined> {
    return this.#answered(this.#table.find(id));
  }

  failed(limit: number): Promise<DurableBatch[]> {
    return this.#answered(this.#table.failed(limit));
  }

  async redrive(id: string): Promise<void> {
    const { deleteAfterSeconds, retentionSeconds } = queueSettings(this.#options);
    const keep = { completed: deleteAfterSeconds, waiting: retentionSeconds };
    const isReopened = await this.#answered(this.#table.reopen(id, keep));
    if (!isReopened) throw notFailedError(id, (await this.get(id))?.state);
    await this.release(id);
  }

  async consume(run: RunClaim, options: WorkerOptions): Promise<void> {
    const { queue, keepFailed } = this.#options;
    const lease = Math.max(options.lease, SHORTEST_LEASE);
    this.#consumer = this.#boss(this.#watching(options.checkEvery));
    const { pgBoss } = this.#consumer;
    await this.#consumer.start();
    await pgBoss.updateQueue(queue, { heartbeatSeconds: wholeSeconds(lease) });
    this.#worker = new Worker(pgBoss, this.#tableOf(pgBoss.getDb()), run, {
      ...options,
      queue,
      lease,
      keepFailed: wholeSeconds(keepFailed.age),
      announce: (id) => this.release(id),
      warn: (line) => this.#warnings.tell(line),
    });
    await this.#worker.start();
  }

  async stopClaiming(): Promise<void> {
    await this.#worker?.stopClaiming(this.#options.submitTimeout);
  }

  async close(timeout: number): Promise<void> {
    const end = clock.now() + timeout;
    const idle = this.#worker?.stopClaiming(timeout).then(() => this.#worker?.whenIdle());
    // what is not done by then is let go of, and has to be told so
    const graceful = await isSettledWithin(timeout * 0.7, Promise.resolve(idle));
    if (!graceful) this.#worker?.giveUp();
    await this.#consumer?.stop({ graceful, timeout: Math.max(0, end - clock.now()) * 0.7 });
    await this.#submitter?.stop({ graceful, timeout: Math.max(0, end - clock.now()) });
  }

  get #pgBoss(): PgBoss {
    if (this.#submitter === undefined) throw new Error('The engine of pg-boss is not started.');
    return this.#submitter.pgBoss;
  }

  get #table(): JobTable {
    return this.#tableOf(this.#pgBoss.getDb());
  }

  #tableOf(database: Db): JobTable {
    return new JobTable(database, this.#options);
  }

  #boss(options: ConstructorOptions): Boss {
    const { connection, schema, migrate } = this.#options;
    return new Boss(connectionOf(connection), { schema, migrate, ...options }, (line) => this.#warnings.tell(line));
  }

  /** How one that runs batches looks for workers that have died, and for what is old. */
  #watching(checkEvery: number): ConstructorOptions {
    const { keepCompleted, keepFailed } = this.#options;
    const interval = Math.min(wholeSeconds(checkEvery), LONGEST_WAIT);
    const maintenanceIntervalSeconds = Math.min(wholeSeconds(keepCompleted.age), wholeSeconds(keepFailed.age), HOUR);
    return { superviseIntervalSeconds: interval, monitorIntervalSeconds: interval, maintenanceIntervalSeconds };
  }

  async #send(batch: NewBatch, hold: number, db?: Db): Promise<void> {
    const options = { id: batch.id, startAfter: hold / 1000, ...(db !== undefined && { db }) };
    await this.#pgBoss.send(this.#options.queue, newData(batch), options);
  }

  /** Nobody waits for longer, though a connection that has died without a word may hang for many minutes. */
  #answered<T>(promise: Promise<T>): Promise<T> {
    const { submitTimeout } = this.#options;
    return within(submitTimeout, promise, () => tooLate('PostgreSQL', submitTimeout));
  }

  #explain(error: unknown): never {
    const { migrate, schema } = this.#options;
    if (migrate || !/not installed|requires migrations/.test(summaryOf(error))) throw error;
    throw new Error(
      `Cannot use the schema "${schema}": its tables are not there, or of another version of pg-boss. Let \`migrate\` be true, or run \`npx pg-boss migrate --schema ${schema}\`.`,
      { cause: error },
    );
  }
}
