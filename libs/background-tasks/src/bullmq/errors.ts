import { ErrorCode } from 'bullmq';
import { isObject } from '../durable/stored-data.js';

/** Why BullMQ has done nothing: the job is not there, or not in the state that it has to be in. */
const NOTHING_TO_DO: ReadonlySet<unknown> = new Set([ErrorCode.JobNotExist, ErrorCode.JobNotInState]);

export function isNothingToDo(error: unknown): boolean {
  return NOTHING_TO_DO.has(codeOf(error));
}

/** Whether it is BullMQ that says no, and not the store that has some trouble. */
export function isAnswer(error: unknown): boolean {
  return typeof codeOf(error) === 'number';
}

/** Whether the job of a claim has gone. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === ErrorCode.JobNotExist;
}

/** What BullMQ is told by a worker whose batch is to run again. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  /** Milliseconds. */
  readonly wait: number;

  constructor(error: string, wait: number) {
    super(error);
    this.wait = Math.max(0, Math.ceil(wait));
  }
}

/** Where BullMQ could not write down how a batch ended, the store had some trouble: it runs again, from its checkpoint. */
const AFTER_TROUBLE = 1000;

/** How long a job waits for its next attempt. */
export function waitAfter(error: Error | undefined): number {
  return error instanceof RetryLater ? error.wait : AFTER_TROUBLE;
}

function codeOf(error: unknown): unknown {
  return isObject(error) ? error['code'] : undefined;
}
