import type { Batch, SettledEntry } from '../batch/batch.js';
import { nameOf } from '../errors/wording.js';
import { NOTHING_CARRIED, type Outcome, type TaskContext } from '../tasks/task-context.js';
import type { EndingAttempt } from '../tasks/task-result.js';

let entryOf: (attempt: Attempt) => SettledEntry;

/** One attempt of a task: what the task knows of itself, and how it is told to stop. */
export class Attempt implements TaskContext, EndingAttempt {
  readonly name: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  readonly aborted: boolean;
  readonly index: number;
  readonly #entry: SettledEntry;
  #stopReason?: Error;
  /** Made when somebody asks: most tasks never do. */
  #controller?: AbortController;
  /** More than one where a class of one's own has several of its calls made at once. */
  #onceGivenUp?: Array<(reason: unknown) => void>;

  static {
    entryOf = (attempt) => attempt.#entry;
  }

  /** `number` is which one it is, from 1. */
  constructor(entry: SettledEntry, number: number) {
    this.name = nameOf(entry.task);
    this.attempt = number;
    this.outcome = entry.outcome;
    this.status = entry.status;
    this.aborted = entry.aborted;
    this.index = entry.index;
    this.#entry = entry;
  }

  get signal(): AbortSignal {
    this.#controller ??= abortedBy(this.#stopReason);
    return this.#controller.signal;
  }

  get batchId(): string {
    return this.#entry.batch.id;
  }

  get addedAt(): number {
    return this.#entry.addedAt;
  }

  get carried(): TaskContext['carried'] {
    return this.#entry.batch.carried ?? NOTHING_CARRIED;
  }

  get stored(): TaskContext['stored'] {
    return this.#entry.batch.stored;
  }

  /** Why it was told to stop, if it was. */
  get stopReason(): Error | undefined {
    return this.#stopReason;
  }

  /** Aborts its signal, once. */
  stop(reason: Error): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#controller?.abort(reason);
    this.#onceGivenUp?.forEach((callback) => callback(reason));
  }

  onceGivenUp(callback: (reason: unknown) => void): void {
    (this.#onceGivenUp ??= []).push(callback);
    if (this.#stopReason !== undefined) callback(this.#stopReason);
  }
}

function abortedBy(reason: Error | undefined): AbortController {
  const controller = new AbortController();
  if (reason !== undefined) controller.abort(reason);
  return controller;
}

/** The batch of the task whose attempt it is. */
export function batchOfAttempt(attempt: Attempt): Batch {
  return entryOf(attempt).batch;
}
