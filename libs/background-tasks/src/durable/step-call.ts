import type { CallHost } from '../core/calls/handler-call.js';
import { OwnCall } from '../core/calls/own-call.js';
import { derivedId } from './derived-id.js';

/** Which attempt of a stored task is made. */
export interface StepAttempt {
  readonly batchId: string;
  readonly index: number;
  readonly attempt: number;
}

/**
 * One attempt of a step: what it adds is its own, as in a scope.
 *
 * The ids of the durable batches that it adds follow from what it is: made again after a crash, it stores them once.
 */
export class StepCall extends OwnCall {
  readonly #made: StepAttempt;
  #count = 0;

  constructor(application: CallHost, made: StepAttempt) {
    super(application);
    this.#made = made;
  }

  nextBatchId(): string {
    const { batchId, index, attempt } = this.#made;
    return derivedId(batchId, index, attempt, this.#count++);
  }
}
