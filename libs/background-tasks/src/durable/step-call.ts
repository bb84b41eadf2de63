import type { Call } from '../core/batch/outcome.js';
import { type CallHost, HandlerCall } from '../core/calls/handler-call.js';
import { OwnCall } from '../core/calls/own-call.js';
import type { Outcome } from '../core/tasks/task-context.js';
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
  #isGivenUp = false;

  constructor(application: CallHost, made: StepAttempt) {
    super(application);
    this.#made = made;
  }

  /** Which attempt of its step it is, from 1. */
  get attempt(): number {
    return this.#made.attempt;
  }

  /** Of a batch that it stores when it ends so: made again, it may end otherwise, and then that is another batch. */
  nextBatchId(outcome: Outcome): string {
    const { batchId, index, attempt } = this.#made;
    return derivedId(batchId, index, attempt, outcome, this.#count++);
  }

  /** The claim is lost, and nobody waits for it: what it has added, whoever makes it again adds anew. */
  giveUp(): void {
    if (this.state !== 'running') return;
    this.#isGivenUp = true;
    this.end('errored');
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }
}

/** Whether an attempt has added it that was given up. */
export function isGivenUp({ call }: { readonly call: Call | undefined }): boolean {
  return stepAround(call)?.isGivenUp === true;
}

/** The attempt of a step that `call` is, or is made within, as a scope is: what that adds is the step's. */
export function stepAround(call: Call | undefined): StepCall | undefined {
  let each = call instanceof HandlerCall ? call : undefined;
  while (each !== undefined && !(each instanceof StepCall)) each = each.outer;
  return each;
}
