import { AsyncLocalStorage } from 'node:async_hooks';
import type { Outcome } from './outcome.js';

/** What a task can know about itself while it runs. */
export interface TaskContext {
  /** The task's name, as it stands in log lines. */
  readonly name: string;
  /** Aborts when the attempt has timed out, and when the application shuts down without waiting any longer. */
  readonly signal: AbortSignal;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** How the response ended. */
  readonly outcome: Outcome;
  /** Whether the client had gone before the response was complete. */
  readonly aborted: boolean;
}

const storage = new AsyncLocalStorage<TaskContext>();

/**
 * The task that is running here, or `undefined` outside one.
 *
 * It follows the task through its awaits and timers, and so into whatever the task starts without
 * awaiting it.
 */
export function currentTask(): TaskContext | undefined {
  return storage.getStore();
}

/** Calls `fn` with `context` as its current task. */
export function runAsCurrentTask<T>(context: TaskContext, fn: () => T): T {
  return storage.run(context, fn);
}
