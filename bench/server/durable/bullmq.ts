import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  Queue,
  Worker,
} from 'bullmq';
import type { DynamicModule } from '@nestjs/common';
import { BullMqTasksModule } from 'nestjs-background-tasks/bullmq';
import type { StepName, Stored, StoredBatch } from './batches.js';
import { type Engine, startEngine } from './engine.js';
import { CONCURRENCY, HOLD, LEASE } from './settings.js';
import type { BenchQueue } from './store.js';

/** As the library adds its jobs. */
const JOB = { attempts: 1_000_000, backoff: { type: 'durable' }, stackTraceLimit: 0 };
/** As the library keeps what is done. */
const KEPT = { age: 3_600, count: 1_000 };

type OpenBackend = BackendFactory<IQueueBackend, unknown>;
type JobQueue = Queue<Stored, null, string, Stored, null, string, IQueueBackend, unknown>;

/** The stores of BullMQ, and what it calls their backends. */
export type BullMqStore = 'redis' | 'postgres';
const BACKENDS: Record<BullMqStore, OpenBackend> = {
  redis: createRedisBackend as OpenBackend,
  postgres: createPostgresBackend as OpenBackend,
};

export class BullMqQueue implements BenchQueue {
  readonly #name: string;
  readonly #connection: object;
  readonly #store: BullMqStore;
  readonly #queue: JobQueue;

  private constructor(name: string, connection: object, store: BullMqStore) {
    this.#name = name;
    this.#connection = { ...connection, ...(store === 'redis' ? { maxRetriesPerRequest: null } : { migrate: true }) };
    this.#store = store;
    this.#queue = new Queue(name, { connection: this.#connection }, BACKENDS[store]);
  }

  static async open(name: string, connection: object, store: BullMqStore): Promise<BullMqQueue> {
    const queue = new BullMqQueue(name, connection, store);
    await queue.#queue.waitUntilReady();
    return queue;
  }

  add(batch: StoredBatch): Promise<unknown> {
    return this.#queue.add(nameOf(batch), dataOf(batch), { ...JOB, jobId: batch.id, delay: HOLD });
  }

  release(id: string): Promise<unknown> {
    return this.#queue.getBackend().promote(id);
  }

  async fill(batches: readonly StoredBatch[]): Promise<void> {
    const opts = (batch: StoredBatch): object => ({ ...JOB, jobId: batch.id });
    await this.#queue.addBulk(
      batches.map((batch) => ({ name: nameOf(batch), data: dataOf(batch), opts: opts(batch) })),
    );
  }

  async work(step: (name: StepName) => Promise<void>): Promise<() => Promise<void>> {
    const run = async (job: Job<Stored, null>, token = ''): Promise<null> => {
      const { batch } = job.data;
      for (const [index, { name }] of batch.steps.entries()) {
        await step(name);
        if (index + 1 < batch.steps.length) await this.#checkpoint(job, token, index + 1);
      }
      return null;
    };
    const options = {
      connection: this.#connection,
      concurrency: CONCURRENCY,
      lockDuration: LEASE,
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    };
    const worker = new Worker<Stored, null, string, IQueueBackend, number, unknown>(
      this.#name,
      run,
      options,
      BACKENDS[this.#store],
    );
    await worker.waitUntilReady();
    return () => worker.close();
  }

  module(worker: boolean): DynamicModule {
    return BullMqTasksModule.forRoot({
      connection: this.#connection,
      backend: this.#store,
      queue: this.#name,
      concurrency: CONCURRENCY,
      lease: LEASE,
      hold: HOLD,
      worker,
    });
  }

  engine(): Promise<Engine> {
    return startEngine('BullMqEngine', { connection: this.#connection, backend: this.#store, queue: this.#name });
  }

  /**
   * Fenced, as that of the library, and on a connection of its own: that of a worker sends late what it could not send.
   *
   * @throws Error by rejecting, for whoever has lost the job.
   */
  async #checkpoint(job: Job<Stored, null>, token: string, cursor: number): Promise<void> {
    const backend = this.#queue.getBackend();
    const extended = await backend.extendLock(job.id ?? '', token, LEASE);
    if (extended === 0) throw new Error('Another worker has the job.');
    await backend.updateData(job, { ...job.data, progress: { cursor, failures: 0 } });
  }

  async close(): Promise<void> {
    await this.#queue.obliterate({ force: true });
    await this.#queue.close();
  }
}

function nameOf({ steps }: StoredBatch): string {
  return steps
    .map(({ name }) => name)
    .join(', ')
    .slice(0, 100);
}

function dataOf(batch: StoredBatch): Stored {
  return { batch, progress: { cursor: 0, failures: 0 } };
}
