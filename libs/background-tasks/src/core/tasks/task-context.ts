/** How a response ended, as the tasks of its batch see it. */
export type Outcome = 'success' | 'failure';

/** What a task can know about itself while it runs. */
export interface TaskContext {
  /** The task's name, as it stands in log lines. */
  readonly name: string;
  /** Aborts when the attempt has timed out, and when the application shuts down without waiting any longer. */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** How the response ended; in GraphQL, how the resolver that added the task did. */
  readonly outcome: Outcome;
  /** Whether the client had gone before the response was complete. */
  readonly aborted: boolean;
}
