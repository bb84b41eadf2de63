import { setTimeout } from '../core/batch/clock.js';
import { type Claim, LostClaimError, type Progress } from '../durable/engine.js';
import { storedData } from '../durable/stored-data.js';
import type { Attempt, JobTable } from './job-table.js';

/** Between two tries to write while the database is away. */
const PAUSE = 250;

/** What pg-boss hands over. */
export interface ClaimedJob extends Attempt {
  readonly data: unknown;
  readonly signal: AbortSignal;
}

/**
 * The right of this process to run one job.
 *
 * What it writes it tries to write for as long as it may have that right: a database that starts again in time costs
 * no step.
 */
export class JobClaim implements Claim {
  readonly id: string;
  readonly batch: unknown;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly #job: ClaimedJob;
  readonly #table: JobTable;
  readonly #lease: number;
  readonly #end = new AbortController();

  constructor(job: ClaimedJob, table: JobTable, lease: number) {
    this.id = job.id;
    this.signal = AbortSignal.any([job.signal, this.#end.signal]);
    ({ batch: this.batch, progress: this.progress } = storedData(job.data));
    this.#job = job;
    this.#table = table;
    this.#lease = lease;
  }

  // a property: whoever runs a batch may take it out of its claim
  readonly checkpoint = async (progress: Progress): Promise<void> => {
    if (!(await this.write((table) => table.checkpoint(this.#job, progress)))) throw new LostClaimError(this.id);
  };

  /** Gives it up, whatever the store knows of it. */
  giveUp(): void {
    this.#end.abort(new LostClaimError(this.id));
  }

  /** Resolves to whether this claim still held when `statement` was run. */
  async write(statement: (table: JobTable) => Promise<boolean>): Promise<boolean> {
    for (let away = 0; away <= this.#lease && !this.signal.aborted; away += PAUSE) {
      try {
        return await statement(this.#table);
      } catch (error) {
        if (isRefusal(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
    return false;
  }
}

/** Whether the server has understood, and says no: then it will say so again. */
function isRefusal(error: unknown): boolean {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  // what is not of five characters is Node's; 08, 40, 53, 57: connection, serialization, resources, somebody shuts it down
  return typeof code === 'string' && /^[\dA-Z]{5}$/.test(code) && !/^(08|40|53|57)/.test(code);
}
