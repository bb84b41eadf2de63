import type { DynamicModule } from '@nestjs/common';
import type { ClientConfig } from 'pg';
import { PgBoss } from 'pg-boss';
import { PgBossTasksModule } from 'nestjs-background-tasks/pg-boss';
import type { StepName, Stored, StoredBatch } from './batches.js';
import { type Engine, startEngine } from './engine.js';
import { CONCURRENCY, HOLD, LEASE } from './settings.js';
import type { BenchQueue } from './store.js';

/** As the library makes its queues. */
const QUEUE = {
  policy: 'standard',
  notify: true,
  heartbeatSeconds: LEASE / 1000,
  deleteAfterSeconds: 3_600,
  expireInSeconds: 86_400,
  retryLimit: 1_000_000_000,
} as const;
/** Seconds: workers are woken, and hardly ever look by themselves. */
const POLLING = { pollingIntervalSeconds: 30, notifyPollingIntervalSeconds: 30, heartbeatRefreshSeconds: 86_400 };

const CHECKPOINT = `UPDATE pgboss.job SET heartbeat_on = clock_timestamp(), data = data || jsonb_build_object('progress', $4::jsonb)
  WHERE name = $1 AND id = $2 AND state = 'active' AND retry_count = $3 RETURNING id`;

interface FoundJob {
  readonly id: string;
  readonly retryCount?: number;
  readonly data: Stored;
}

export class PgBossQueue implements BenchQueue {
  readonly #name: string;
  readonly #connection: ClientConfig;
  readonly #boss: PgBoss;

  private constructor(name: string, connection: ClientConfig) {
    this.#name = name;
    this.#connection = connection;
    this.#boss = new PgBoss({ ...connection, supervise: false, schedule: false });
    this.#boss.on('error', () => undefined);
  }

  static async open(name: string, connection: ClientConfig): Promise<PgBossQueue> {
    const queue = new PgBossQueue(name, connection);
    await queue.#boss.start();
    await queue.#boss.createQueue(name, QUEUE);
    return queue;
  }

  add(batch: StoredBatch): Promise<unknown> {
    return this.#boss.send(this.#name, dataOf(batch), { id: batch.id, startAfter: HOLD / 1000 });
  }

  release(id: string): Promise<unknown> {
    return this.#boss.update(this.#name, undefined, { id, startAfter: 0 });
  }

  async fill(batches: readonly StoredBatch[]): Promise<void> {
    await this.#boss.insert(
      this.#name,
      batches.map((batch) => ({ id: batch.id, data: dataOf(batch) })),
    );
  }

  async work(step: (name: StepName) => Promise<void>): Promise<() => Promise<void>> {
    const boss = new PgBoss({ ...this.#connection, supervise: false, schedule: false });
    boss.on('error', () => undefined);
    await boss.start();
    const options = { batchSize: 1, includeMetadata: true, ...POLLING };
    for (let index = 0; index < CONCURRENCY; index++) {
      const worker: string = await boss.work<Stored>(this.#name, options, async ([job]) => {
        await this.#run(boss, job, step);
        boss.notifyWorker(worker);
      });
      boss.notifyWorker(worker);
    }
    return () => boss.stop({ graceful: true, timeout: 1_000 });
  }

  module(worker: boolean): DynamicModule {
    return PgBossTasksModule.forRoot({
      connection: this.#connection,
      queue: this.#name,
      concurrency: CONCURRENCY,
      lease: LEASE,
      hold: HOLD,
      worker,
    });
  }

  engine(): Promise<Engine> {
    return startEngine('PgBossEngine', { connection: this.#connection, schema: 'pgboss', queue: this.#name });
  }

  async close(): Promise<void> {
    await this.#boss.deleteAllJobs(this.#name);
    await this.#boss.stop({ graceful: false });
  }

  async #run(boss: PgBoss, { id, retryCount, data }: FoundJob, step: (name: StepName) => Promise<void>): Promise<void> {
    const { steps } = data.batch;
    for (const [index, { name }] of steps.entries()) {
      await step(name);
      if (index + 1 === steps.length) return;
      const progress = JSON.stringify({ cursor: index + 1, failures: 0 });
      const { rows } = await boss.getDb().executeSql(CHECKPOINT, [this.#name, id, retryCount ?? 0, progress]);
      if (rows.length === 0) throw new Error('Another worker has the job.');
    }
  }
}

function dataOf(batch: StoredBatch): Stored & { readonly handled: number } {
  return { batch, progress: { cursor: 0, failures: 0 }, handled: 0 };
}
