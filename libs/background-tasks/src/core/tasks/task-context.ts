/**
 * How a response ended, as a task of its batch sees it.
 *
 * Of the call of the handler at work when the task was added; if none was, of the last one. `success` if it completed,
 * also with an error status that it chose; `failure` if it threw, or if what it returned did not become the answer: the
 * status was below 400 when it completed, and is 400 or more in the end. Where the client's leaving tore it down, `success`
 * if the response had begun. Where no handler was seen, `failure` for a status of 400 or more, or if the client left before
 * anything was sent. In GraphQL a task has the outcome of its resolver.
 */
export type Outcome = 'success' | 'failure';

/** Of a task that came from nowhere else. */
export const NOTHING_CARRIED: TaskContext['carried'] = Object.freeze({});

/** What a task can know about itself while it runs, in each of its attempts. */
export interface TaskContext {
  /** The task's name, as it stands in log lines. */
  readonly name: string;
  /** Aborts when the attempt has timed out, and when the application shuts down without waiting any longer. */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** How the response ended; in GraphQL, how the resolver that added the task did. */
  readonly outcome: Outcome;
  /** The status of the response; `undefined` without HTTP. */
  readonly status: number | undefined;
  /** Whether the client had gone before the response was complete. */
  readonly aborted: boolean;
  /** Which batch it is in: a UUID, the one of its events. */
  readonly batchId: string;
  /** Its place in its batch, from 0: together with `batchId`, it tells this task from every other. */
  readonly index: number;
  /** When it was added: milliseconds since 1970, with fractions. Of a durable task in a worker: when that claimed it. */
  readonly addedAt: number;
  /** What the option `carry` of the engine's module returned where a durable task was stored; empty in the same process. */
  readonly carried: Readonly<Record<string, string>>;
  /** Where a worker has found it: only of a durable task that an engine had. */
  readonly stored?: StoredIn | undefined;
}

/** Where durable tasks are stored. */
export interface StoredIn {
  /** What OpenTelemetry calls the engine: `bullmq`, `pg-boss`. */
  readonly system: string;
  readonly queue: string;
}
