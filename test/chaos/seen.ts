import { AsyncLocalStorage } from 'node:async_hooks';
import type { BackgroundTasksEvent, Outcome, SkipReason } from 'nestjs-background-tasks';
import { type Deferred, deferred } from '../harness/deferred.js';
import type { AddPlan, RequestPlan, TaskPlan } from './plan.js';

/** What each request has around it, and every task it adds with it. */
export interface Store {
  readonly request: string;
}

export const stores = new AsyncLocalStorage<Store>();

/** One call of a task's function, as the function itself saw it. */
export interface SeenAttempt {
  readonly number: number;
  hasEnded: boolean;
  threw?: { readonly error: unknown };
}

export interface SeenLine {
  readonly level: string;
  readonly text: string;
  readonly error: unknown;
}

export interface SeenSettlement {
  readonly outcome: Outcome;
  readonly aborted: boolean;
}

/** What became of a task, in words that a plan can be compared with. */
export type Fate =
  | { readonly kind: 'succeeded' | 'failed'; readonly attempts: number }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** What was seen of one task, from the statement that adds it to its end. */
export class SeenTask {
  state: 'being added' | 'added' | 'refused' = 'being added';
  readonly attempts: SeenAttempt[] = [];
  readonly lines: SeenLine[] = [];
  readonly events: Array<BackgroundTasksEvent['type']> = [];
  /** Ticks of the round's clock. */
  addedAt = 0;
  fateAt = 0;
  fate?: Fate;
  /** The error that the library told of. */
  error?: unknown;
  /** What its batch was told when this task's turn came. */
  settlement?: SeenSettlement;

  constructor(
    readonly request: SeenRequest,
    readonly plan: TaskPlan,
    readonly statement: AddPlan,
    readonly store: Store | undefined,
  ) {}
}

/** What is needed to see how a response ended, on every platform. */
export interface SeenResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed?: boolean;
}

/** What was seen of one request. */
export class SeenRequest {
  /** How its handler's observable ended; `unseen` if there never was one. */
  handler: 'unseen' | 'running' | 'completed' | 'errored' | 'torn down' = 'unseen';
  /** Handlers that have not come to the end of their code. */
  working = 0;
  response?: SeenResponse;
  #hasEnded = false;
  readonly over: Deferred = deferred();
  readonly arrived: Deferred = deferred();
  hasArrived = false;
  batchId?: string;
  /** In the order in which they were accepted: their places in the batch. */
  readonly tasks: SeenTask[] = [];
  readonly refused: SeenTask[] = [];
  /** What its batch has settled as, as far as that was told. */
  settlement?: SeenSettlement;
  /** The task whose function is at work. */
  running?: SeenTask;
  /** What the client got, if it got all of it. */
  status?: number;
  /** Whether `aborted` tells nothing: nobody watched its end, or its connection went down in that very moment. */
  mayLookAborted = false;

  constructor(readonly plan: RequestPlan) {}

  /** Whether its response is over. One that waits in a pipeline can be given up without an event. */
  get isOver(): boolean {
    return this.#hasEnded || this.response?.destroyed === true;
  }

  /** Whether something about it has not come to its end. */
  get isWaiting(): boolean {
    const isAtWork = !this.isOver || this.handler === 'running' || this.working > 0;
    return this.hasArrived && (isAtWork || this.tasks.some(({ fate }) => fate === undefined));
  }

  markArrived(response: SeenResponse): void {
    this.hasArrived = true;
    this.response = response;
    this.arrived.resolve();
  }

  markHandlerStarted(): void {
    this.handler = 'running';
    this.settlement = undefined;
  }

  markOver(): void {
    this.#hasEnded = true;
    this.over.resolve();
  }
}
