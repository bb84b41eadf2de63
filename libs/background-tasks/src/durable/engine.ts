import type { DurableBatch, DurableTransaction } from '../core/tasks/durable-batches.js';
import type { Outcome } from '../core/tasks/task-context.js';
import type { RetryOptions } from '../core/tasks/task-options.js';

/** Those of p-retry's options that JSON can carry. */
export type RetryNumbers = Pick<
  RetryOptions,
  'retries' | 'factor' | 'minTimeout' | 'maxTimeout' | 'maxRetryTime' | 'randomize'
>;

/** One task of a stored batch. All of it is JSON, and `undefined` is absent. */
export interface Step {
  /** Its name on the wire: that of `@DurableTask`. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** How the response ended; in GraphQL, how the resolver that added it did. */
  readonly outcome: Outcome;
  /** Its place among the tasks of its response, if that is another than here: not all of them are stored. */
  readonly index?: number;
  /** What log lines call it, if that is not `Class.method`. */
  readonly label?: string;
  /** Milliseconds, `null` for no limit; none where the default of the worker holds. */
  readonly timeout?: number | null;
  /** None where the default of the worker holds; `null` in it, or for it, is without end, as JSON has no number for that. */
  readonly retries?: number | null | RetryNumbers;
}

/** A batch, as it is given to an engine. It never changes. */
export interface NewBatch {
  /** The version of this shape: a worker leaves those that it does not know to others. */
  readonly v: 1;
  /** A UUID. */
  readonly id: string;
  readonly steps: readonly Step[];
  readonly carry: Readonly<Record<string, string>>;
}

/** How far a batch has come: what a checkpoint writes. */
export interface Progress {
  /** How many steps are done. */
  readonly cursor: number;
  /** Failed attempts of the step at the cursor. */
  readonly failures: number;
  /** The wall clock when the first of them began. */
  readonly since?: number;
  /** The wall clock when a worker first met a name, or a version, that it does not know. */
  readonly unknownSince?: number;
  /** What the last failed attempt of that step has thrown, in one line. */
  readonly error?: string;
}

/** A worker's right to run a batch. */
export interface Claim {
  readonly id: string;
  /** As it was found in the store: it may be of another version, or none of this library's. */
  readonly batch: unknown;
  readonly progress: Progress;
  /** Aborts when the engine finds out that the claim is lost. */
  readonly signal: AbortSignal;
  /**
   * Writes down how far it has come. Nothing is written once another worker has the batch.
   *
   * @throws LostClaimError by rejecting, where the claim is lost.
   */
  checkpoint(progress: Progress): Promise<void>;
}

/** What becomes of a claimed batch. An error is told in one line, for `DurableBatch.error`. */
export type Verdict =
  /** All steps are done. */
  | { readonly type: 'done' }
  /** Again in so many milliseconds; the checkpoint is written. */
  | { readonly type: 'retry'; readonly in: number; readonly error: string }
  /** Not again, until somebody redrives it. */
  | { readonly type: 'failed'; readonly error: string }
  /** This worker shuts down: another goes on at once, and no crash is counted. */
  | { readonly type: 'yield' };

/** What a worker does with each batch that it claims; it never rejects, but with `LostClaimError`: then there is nothing to tell the engine. */
export type RunClaim = (claim: Claim) => Promise<Verdict>;

/** How a worker takes batches from the engine. */
export interface WorkerOptions {
  /** Batches at once in this process. */
  readonly concurrency: number;
  /** Milliseconds that a silent worker keeps its claim. */
  readonly lease: number;
  /** Milliseconds between looks for claims that have lapsed. */
  readonly checkEvery: number;
  /** Claims lost by one batch until it is failed as poison. */
  readonly maxCrashes: number;
}

/**
 * A durable queue system. All that the library asks of one is here.
 *
 * Whatever has to do with order, attempts, outcomes and names is decided above it; an engine keeps batches, lets one
 * worker at a time have each, and finds out when one has died.
 */
export interface DurableEngine {
  /** What the messaging conventions of OpenTelemetry call it, as `bullmq`. */
  readonly system: string;

  /**
   * Connects, makes what it needs in the store, and resolves when a batch can be submitted.
   *
   * Called once, before everything else. Whoever calls it waits no longer than `startTimeout`, then calls `close()`.
   * What it rejects with is shown to the user beside the names of module and engine.
   */
  start(): Promise<void>;

  /**
   * Resolves when `batch` is stored, where it is held for `hold` milliseconds: then a worker takes it unless it was
   * released, extended or discarded before. The same id again changes nothing.
   *
   * With a transaction, it is stored when that commits. An engine that cannot do so rejects with an error that says which can.
   */
  submit(batch: NewBatch, options: SubmitOptions): Promise<void>;

  /** Holds it for `hold` milliseconds from now. Nothing happens to one that runs, is over, or is unknown. */
  extend(id: string, hold: number): Promise<void>;

  /** Lets a worker have it now. Nothing happens to one that runs, is over, or is unknown. */
  release(id: string): Promise<void>;

  /** Takes one that is held, waits or has failed away; false for one that runs, is over, or is unknown. */
  discard(id: string): Promise<boolean>;

  get(id: string): Promise<DurableBatch | undefined>;

  /** Those that have failed, the latest first. */
  failed(limit: number): Promise<DurableBatch[]>;

  /** @throws Error by rejecting, with the id and the state, for one that has not failed, or is not there. */
  redrive(id: string): Promise<void>;

  /** Begins to claim batches, and has each run by `run`; called once at most. Resolves when it has begun. */
  consume(run: RunClaim, options: WorkerOptions): Promise<void>;

  /** Claims no further batch; those that it has go on. Never rejects. */
  stopClaiming(): Promise<void>;

  /** Lets go of everything that it has opened itself, within `timeout` milliseconds, also where the store is out of reach. Never rejects. */
  close(timeout: number): Promise<void>;
}

export interface SubmitOptions {
  /** Milliseconds; 0: a worker may have it at once. */
  readonly hold: number;
  readonly transaction?: DurableTransaction;
}

/** A worker has lost its claim: another one has the batch. */
export class LostClaimError extends Error {
  override readonly name = 'LostClaimError';

  constructor(id: string) {
    super(
      `Lost the claim on the durable batch ${id}: this worker was silent for too long, and another one may have it.`,
    );
  }
}

/** What `redrive` rejects with. */
export function notFailedError(id: string, state: DurableBatch['state'] | undefined): Error {
  return new Error(
    `Cannot redrive the durable batch ${id}: it is ${state === undefined ? 'not there' : state}, and only a failed one can go on.`,
  );
}
