import type { Outcome } from '../tasks/task-context.js';

/**
 * What became of the handler of a response.
 *
 * `unseen`: none was followed, or none has begun. `mixed`: there were several, and they have ended differently.
 */
export type HandlerState = 'unseen' | 'running' | 'completed' | 'errored' | 'torn down' | 'mixed';

/** A call of a handler, as far as a batch sees it. */
export interface Call {
  readonly state: HandlerState;
  /** Calls `callback` when it ends, with how. */
  onceEnded(callback: (state: HandlerState) => void): void;
}

/** What a batch waits for: a response of HTTP, or whatever stands for one. */
export interface AwaitedResponse {
  /** Whether it has begun. */
  readonly headersSent: boolean;
  readonly statusCode: number;
  /** Whether it has begun and goes on: a stream, perhaps without an end. */
  readonly isStreaming: boolean;
  /** Calls `callback` once, when it is over; never from within this call. */
  onceOver(callback: (aborted: boolean) => void): void;
}

/**
 * The one rule for how a response ended.
 *
 * The handler has the first word: a returned 404 is a success, a thrown error is none, whatever a
 * filter made of it. Only where no handler had its say does the status decide.
 */
export function decideOutcome(
  handler: HandlerState,
  response: Pick<AwaitedResponse, 'headersSent' | 'statusCode'>,
  aborted: boolean,
): Outcome {
  if (handler === 'completed') return 'success';
  if (handler === 'errored') return 'failure';
  // a stream without an end (SSE) always ends by the client's leaving
  if (handler === 'torn down' && aborted) return response.headersSent ? 'success' : 'failure';
  return response.statusCode >= 400 ? 'failure' : 'success';
}
