import type { IQueueBackend } from 'bullmq';
import { isMissing } from './errors.js';
import type { JobData, StoredJob } from './stored-job.js';

/** By which a worker proves that it has a job. */
export interface JobLock {
  readonly job: StoredJob;
  readonly token: string;
  /** Milliseconds. */
  readonly lease: number;
}

/** Where the claims of a worker are renewed, and what it has done is written down, as long as it has them. */
export interface Fence {
  /** Resolves to whether the lock still held. */
  renew(lock: JobLock): Promise<boolean>;
  /** Renews it, and writes `data`; resolves to whether it still held. */
  write(lock: JobLock, data: JobData): Promise<boolean>;
}

/** By what all of BullMQ's stores can do: two commands, so that a worker which loses its lock between them, within a round trip, writes all the same. */
export class CommonFence implements Fence {
  readonly #backend: IQueueBackend;

  constructor(backend: IQueueBackend) {
    this.#backend = backend;
  }

  async renew({ job, token, lease }: JobLock): Promise<boolean> {
    return (await this.#backend.extendLock(job.id ?? '', token, lease)) > 0;
  }

  async write(lock: JobLock, data: JobData): Promise<boolean> {
    if (!(await this.renew(lock))) return false;
    try {
      await this.#backend.updateData(lock.job, data);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }
}
