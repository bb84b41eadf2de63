import type { Batch, Handover, TaskStore } from '../core/batch/batch.js';
import { ResponseHandover } from './handover.js';
import type { Submissions } from './submissions.js';

/** Where the durable tasks of an application go, response by response. */
export class DurableTaskStore implements TaskStore {
  readonly #submissions: Submissions;

  readonly module: string;

  constructor(module: string, submissions: Submissions) {
    this.module = module;
    this.#submissions = submissions;
  }

  open(batch: Batch): Handover {
    return new ResponseHandover(this.#submissions, batch);
  }
}
