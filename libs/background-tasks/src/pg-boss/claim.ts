import type { Claim, Progress } from '../durable/engine.js';
import { Lease } from '../durable/lease.js';
import { storedData } from '../durable/stored-data.js';
import type { Attempt, JobTable } from './job-table.js';

/** What pg-boss hands over. */
export interface ClaimedJob extends Attempt {
  readonly data: unknown;
  readonly signal: AbortSignal;
}

/** The right of this process to run one job, for as long as it renews that. */
export class JobClaim implements Claim {
  readonly id: string;
  readonly batch: unknown;
  readonly progress: Progress;
  readonly #job: ClaimedJob;
  readonly #table: JobTable;
  readonly #lease: Lease;

  constructor(job: ClaimedJob, table: JobTable, lease: number) {
    this.id = job.id;
    ({ batch: this.batch, progress: this.progress } = storedData(job.data));
    this.#job = job;
    this.#table = table;
    const renew = (): Promise<boolean> => table.touch(job);
    this.#lease = new Lease({ batchId: job.id, lease, renew, isAnswer: isRefusal });
    job.signal.addEventListener('abort', this.#lose, { once: true });
    this.#lease.begin();
  }

  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  // a property: whoever runs a batch may take it out of its claim
  readonly checkpoint = (progress: Progress): Promise<void> =>
    this.#lease.writeOrThrow(() => this.#table.checkpoint(this.#job, progress));

  /** This worker has it no more, whatever the store knows. */
  lose(): void {
    this.#lease.lose();
  }

  /** Ends the renewal: what follows is fenced by the attempt. */
  end(): void {
    this.#lease.end();
    this.#job.signal.removeEventListener('abort', this.#lose);
  }

  /** Resolves to whether the claim still held when `statement` was run. */
  write(statement: (table: JobTable) => Promise<boolean>): Promise<boolean> {
    return this.#lease.write(() => statement(this.#table));
  }

  readonly #lose = (): void => this.#lease.lose();
}

/** Whether the server has understood, and says no: then it will say so again. */
function isRefusal(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  // what is not of five characters is Node's; 08, 40, 53, 57: connection, serialization, resources, somebody shuts it down
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) && !/^(08|40|53|57)/.test(code);
}
