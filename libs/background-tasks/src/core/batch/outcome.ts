import type { Outcome } from '../tasks/task-context.js';
import type { Source } from './source.js';

/**
 * What became of the handler of a response.
 *
 * `unseen`: none was followed, or none has begun. `torn down`: by the client's leaving; `given up`: by an interceptor
 * outside of what follows it. `mixed`: there were several, and they have ended differently.
 */
export type HandlerState = 'unseen' | 'running' | 'completed' | 'errored' | 'torn down' | 'given up' | 'mixed';

/** A call of a handler, as far as a batch sees it. */
export interface Call {
  readonly state: HandlerState;
  /** The status of its response when it completed; none where it does not depend on what became of the response. */
  readonly statusWhenCompleted?: number | undefined;
  /** Whether nobody hears of how it ends. */
  readonly isUnanswered?: boolean;
  /** Its handler, as log lines call it. */
  readonly name?: string;
  /** What brought it. */
  readonly source?: Source;
  /** When it ended, by the monotonic clock, if somebody listened then. */
  readonly endedAt?: number | undefined;
  /** Calls `callback` when it ends, with how. */
  onceEnded(callback: (state: HandlerState) => void): void;
}

/** How the response ended. */
export interface Settlement {
  readonly outcome: Outcome;
  /** The response's; there is none without HTTP. */
  readonly status: number | undefined;
  readonly aborted: boolean;
}

/** What is asked of whatever runs a batch while that waits for its response. */
export interface SettlingHost {
  /** Whether the application shuts down, so that no batch waits for somebody to end a response without a client. */
  readonly isDraining?: boolean;
  /** Whether anybody listens to events: then it is noted when things happen. */
  readonly isObserved?: boolean;
}

/** A response whose client has left, while nobody has ended it: somebody may still be at work on it. */
export interface AbandonedResponse {
  /** Waits no longer for that. */
  forget(): void;
}

/** What a batch waits for: a response of HTTP, or whatever stands for one. */
export interface AwaitedResponse {
  /** There is none where there is no HTTP. */
  readonly statusCode: number | undefined;
  /** Whether it has begun and goes on: a stream, perhaps without an end. */
  readonly isStreaming: boolean;
  /** Whether another one was sent in its place, as what was asked before has rejected. */
  readonly isRefused?: boolean;
  /** Calls `callback` once, when it is over; never from within this call. */
  onceOver(callback: (aborted: boolean, hasBegun: boolean) => void): void;
  /** Makes sure that it will tell when it is over, whatever was done to it in the meantime. */
  watchAgain?(): void;
  /** Lets nothing of it out before `ask` was asked, and what that returns has resolved; at once where it returns nothing. */
  holdBack?(ask: () => Promise<void> | undefined): void;
  /** Where nobody has ended it: calls `callback` when somebody does, or when that has taken too long. */
  abandoned?(callback: () => void): AbandonedResponse | undefined;
}

/** How a response was over. */
export interface ResponseEnd {
  /** Whether its client left before it was complete. */
  readonly aborted: boolean;
  /** Whether it had begun by then. */
  readonly hasBegun: boolean;
  /** Whether another one was sent in its place. */
  readonly isRefused?: boolean | undefined;
}

/**
 * The one rule for how a response ended.
 *
 * The handler has the first word: a returned 404 is a success, a thrown error is none, whatever a
 * filter made of it. But what it returned may not have become the answer: then the status says so.
 * Where no handler had its say, the status decides alone, unless the client has not even seen that.
 */
export function decideOutcome(
  { state, statusWhenCompleted }: Pick<Call, 'state' | 'statusWhenCompleted'>,
  status: number | undefined,
  end: ResponseEnd,
): Outcome {
  // it says that nothing was done
  if (end.isRefused === true) return 'failure';
  if (state === 'completed' && (statusWhenCompleted === undefined || isError(statusWhenCompleted))) return 'success';
  if (state === 'errored') return 'failure';
  // a stream without an end (SSE) always ends by the client's leaving
  if (state === 'torn down') return end.hasBegun ? 'success' : 'failure';
  if (state === 'unseen' && end.aborted && !end.hasBegun) return 'failure';
  return isError(status) ? 'failure' : 'success';
}

function isError(status: number | undefined): boolean {
  return status !== undefined && status >= 400;
}
