import type { RunOn } from 'nestjs-background-tasks';

/** How a handler, or what is before it, ends a response. */
export type DurableEnding =
  | 'returns'
  | 'takes-turns'
  | 'throws'
  | 'sends'
  | 'sends-and-throws'
  | 'streams'
  | 'events'
  | 'denied'
  | 'commits'
  | 'rolls-back';

/** Where a task is added. */
export type DurablePlace = 'guard' | 'handler' | 'interceptor' | 'attached' | 'late' | 'step';

/** How a task comes to its end. */
export type DurablePace = 'at once' | 'turns' | 'until its signal aborts';

/** When a worker loses its claim, once. */
export type Lapse = 'never' | 'begins' | 'ends' | 'checkpoint';

export interface DurableTaskPlan {
  readonly name: string;
  readonly isDurable: boolean;
  readonly place: DurablePlace;
  readonly runOn: RunOn;
  readonly pace: DurablePace;
  readonly failures: number;
  readonly retries: number;
  readonly lapse: Lapse;
  readonly isCancelled: boolean;
  /** It is added a second time, or attached as well. */
  readonly isTwice: boolean;
  /** What each of its attempts adds; their names are completed then. */
  readonly nested: readonly DurableTaskPlan[];
}

/** What goes wrong when a batch is given to the engine. */
export type SubmitFault =
  | 'none'
  | 'slow'
  | 'rejects'
  | 'rejects too late'
  | 'never answers'
  | 'stores too late'
  | 'stores and rejects'
  | 'stores and answers too late';

/** What goes wrong when it is to release, or to discard. */
export type ReleaseFault = 'rejects' | 'does and rejects' | 'is too late' | 'never answers';

export interface DurableRequestPlan {
  readonly id: string;
  readonly ending: DurableEnding;
  readonly isLeft: boolean;
  readonly turns: number;
  readonly tasks: readonly DurableTaskPlan[];
  /** Of the first times that something is stored for it. */
  readonly submitFaults: readonly SubmitFault[];
  /** Of the first times that something is released or discarded for it. */
  readonly releaseFaults: readonly ReleaseFault[];
}

export interface DurableRoundPlan {
  readonly seed: number;
  readonly scope: 'request' | 'default';
  /** Whether a second process runs what is stored, too. */
  readonly hasOtherWorker: boolean;
  /** So many requests later, the other worker shuts down. */
  readonly closesOtherAfter: number;
  readonly concurrency: number;
  readonly clients: number;
  readonly requests: readonly DurableRequestPlan[];
}

/** Milliseconds that a response waits for the store. */
export const SUBMIT_TIMEOUT = 30;
/** What every attempt may take that waits for its signal. */
export const STEP_TIMEOUT = 10;

export function failsForGood({ pace, failures, retries }: DurableTaskPlan): boolean {
  return pace === 'until its signal aborts' || failures > retries;
}

/** Which attempt is the last one. */
export function attemptsOf(plan: DurableTaskPlan): number {
  return failsForGood(plan) ? plan.retries + 1 : plan.failures + 1;
}
