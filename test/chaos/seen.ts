import { AsyncLocalStorage } from 'node:async_hooks';
import type { BackgroundTask, BackgroundTasksEvent, Outcome, SkipReason } from 'nestjs-background-tasks';
import { type Deferred, deferred } from '../harness/deferred.js';
import { type AddPlan, factsOf, type RequestPlan, type TaskPlan } from './plan.js';

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
}

export interface SeenSettlement {
  readonly outcome: Outcome;
  /** The status by then. */
  readonly status: number;
  readonly aborted: boolean | undefined;
}

/** What became of a task, in words that a plan can be compared with. */
export type Fate =
  | { readonly kind: 'succeeded' | 'failed'; readonly attempts: number }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Whoever adds tasks for a request, and sees their functions at work. */
export interface Adder {
  readonly seen: SeenRequest;
  begin(task: SeenTask): SeenAttempt;
  end(task: SeenTask, attempt: SeenAttempt): void;
  add(statement: AddPlan): void;
}

/** A `BackgroundTask`: it can be in more than one batch, and in one batch again. */
export class SeenObject {
  task?: BackgroundTask;
  /** Once for each time it was added and not held already. */
  readonly calls: SeenTask[] = [];
  readonly #lines = new Map<Store | undefined, SeenLine[]>();
  /** It was cancelled while it waited nowhere and had not started: no batch will run it. */
  isCancelled = false;
  /** A call of it has begun or was cancelled since it was added last. */
  isSpent = false;

  constructor(readonly plan: TaskPlan) {}

  /** The log lines about it that were written in the async context with `store`. */
  linesIn(store: Store | undefined): SeenLine[] {
    const lines = this.#lines.get(store) ?? [];
    this.#lines.set(store, lines);
    return lines;
  }

  /** It is cancelled; returns whether there was anything to cancel. As one of a group, only where it waits, or was never added. */
  cancel(isOfGroup: boolean): boolean {
    const waiting = this.calls.filter(({ isWaiting }) => isWaiting);
    const isAtWork = this.calls.some(({ fate, isWaiting }) => fate === undefined && !isWaiting);
    const isTooLate = this.isSpent || isAtWork || (isOfGroup && this.calls.length > 0);
    if (waiting.length === 0 && !this.isCancelled && isTooLate) return false;
    this.isCancelled ||= waiting.length === 0;
    this.isSpent = true;
    for (const call of waiting) call.isCancelled = true;
    return true;
  }

  /** Whether adding it changes nothing: the batch of `request` holds it, not started, or was told that it is cancelled. */
  isHeldBy(request: SeenRequest): boolean {
    return this.calls.some((call) => call.request === request && (call.isWaiting || call.isCancelled));
  }
}

/** One task in its batch, from the statement that adds it to its end. */
export class SeenTask {
  readonly attempts: SeenAttempt[] = [];
  readonly events: Array<BackgroundTasksEvent['type']> = [];
  /** Ticks of the round's clock. */
  addedAt = 0;
  fateAt = 0;
  fate?: Fate;
  /** A retried handler was at work when its fate was told: the rest of its batch had to wait for that. */
  leavesRestUnsettled = false;
  /** The error that the library told of. */
  error?: unknown;
  /** The call of the handler that was at work when it was added. */
  readonly call: SeenCall | undefined;
  /** What its batch was told when this task's turn came, and with what outcome for this task. */
  settlement?: SeenSettlement;
  /** It was cancelled in time. */
  isCancelled = false;

  constructor(
    readonly adder: Adder,
    readonly object: SeenObject,
    readonly statement: AddPlan,
    readonly store: Store | undefined,
  ) {
    this.call = adder.seen.callAtWork;
    this.isCancelled = object.isCancelled;
  }

  get request(): SeenRequest {
    return this.adder.seen;
  }

  get plan(): TaskPlan {
    return this.object.plan;
  }

  /** What the log says of it, and of the calls of the same object that have the same store. */
  get lines(): SeenLine[] {
    return this.object.linesIn(this.store);
  }

  /** Whether it is in its batch and has not started. */
  get isWaiting(): boolean {
    return this.fate === undefined && !this.events.includes('started');
  }
}

/** One call of a handler: a request has more than one where it is retried. */
export interface SeenCall {
  /** Torn down by its client's leaving, or given up by an interceptor outside; unseen while nobody subscribes to it. */
  state: 'unseen' | 'running' | 'completed' | 'errored' | 'torn down' | 'given up';
  /** The status of the response when it completed. */
  status?: number;
}

/** What is needed to see how a response ended, on every platform. */
export interface SeenResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed?: boolean;
  readonly req?: { readonly socket?: { readonly destroyed: boolean; readonly bytesWritten?: number } };
}

/** What was seen of one request. */
export class SeenRequest {
  /** The calls of its handler, in order. */
  readonly calls: SeenCall[] = [];
  /** In which calls there are handlers that have not come to the end of their code. */
  readonly working: Array<SeenCall | undefined> = [];
  response?: SeenResponse;
  /** Whether anything had been sent when its client left before it was complete, where that can be told. */
  left?: { headersSent: boolean | undefined };
  /** What had been written to its connection when its first task was added, if nothing of its answer was. */
  #sentBefore?: number | undefined;
  /** Somebody has called `end()` on its response. */
  isEnded = false;
  #isClosed = false;
  readonly over: Deferred = deferred();
  readonly arrived: Deferred = deferred();
  hasArrived = false;
  batchId?: string;
  /** When its latest event was told. */
  timestamp = 0;
  /** Whether its batch has tasks, and has not finished. */
  isOpen = false;
  /** The tasks that were made for it, and can be added again. */
  readonly made: Array<SeenObject | readonly SeenObject[]> = [];
  /** In the order in which they were accepted: their places in the batch. */
  readonly tasks: SeenTask[] = [];
  /** Statements whose task or group was refused. */
  readonly refused: AddPlan[] = [];
  /** What its batch has settled as, as far as that was told. */
  settlement?: SeenSettlement;
  /** The task whose function is at work. */
  running?: SeenTask;
  /** What the client got, if it got all of it. */
  status?: number;
  /** Whether `aborted` tells nothing: nobody watched its end, or its connection went down in that very moment. */
  mayLookAborted = false;

  constructor(readonly plan: RequestPlan) {}

  /** The call of its handler that is at work. */
  get callAtWork(): SeenCall | undefined {
    return this.calls.findLast(({ state }) => state === 'running');
  }

  /**
   * Whether its response is sent, or its client has left. One that waits in a pipeline can be given up without an event,
   * and a connection is gone before it says so.
   */
  get isOver(): boolean {
    return this.#isClosed || this.response?.destroyed === true || this.response?.req?.socket?.destroyed === true;
  }

  /** Whether its tasks may start: for a client that has left, somebody has to have done with the request as well. */
  get maySettle(): boolean {
    if (!this.isOver || this.callAtWork !== undefined) return false;
    return this.calls.length > 0 || this.isEnded || this.response?.writableEnded === true;
  }

  /**
   * Whether its tasks wait for somebody who never ends it: until the shutdown, since no round takes half a minute.
   *
   * A guard may never decide; Fastify does not end a request whose client has left before anybody read its body; and of
   * a stream of events whose client has left, Nest comes no further than the interceptor that is at work.
   */
  get isStranded(): boolean {
    const { ending } = this.plan;
    const mayBeGivenUp = factsOf(ending).hasBody === true || ending.startsWith('sse');
    const isNeverEnded = ending === 'held-up' || (mayBeGivenUp && this.calls.length === 0);
    return isNeverEnded && this.isOpen && !this.maySettle;
  }

  /** Whether something about it has not come to its end. */
  get isWaiting(): boolean {
    const isAtWork = !this.isOver || this.callAtWork !== undefined || this.working.length > 0;
    return this.hasArrived && (isAtWork || this.tasks.some(({ fate }) => fate === undefined));
  }

  markArrived(response: SeenResponse): void {
    this.hasArrived = true;
    this.response = response;
    this.arrived.resolve();
  }

  /** A call of its handler begins. */
  startCall(): SeenCall {
    const call: SeenCall = { state: 'running' };
    this.calls.push(call);
    this.settlement = undefined;
    return call;
  }

  /** It is ended when its client has left, which no event has told: what is written now looks as if it had been sent. */
  markLeft(): void {
    this.left ??= { headersSent: undefined };
  }

  /** Whether a handler is at work that has a say: not the code of one that was torn down. */
  isAtWork(isClosing: boolean): boolean {
    // a pipe may go on where nobody waits for it: its response was ended for a client that had gone, or all is closing
    const isWaitedFor = (call: SeenCall | undefined): boolean =>
      call === undefined ? !this.isEnded && !isClosing : call.state !== 'torn down';
    return this.callAtWork !== undefined || this.working.some(isWaitedFor);
  }

  /** Its client's leaving tears its handler down: what is written from now on looks as if it had been sent before. */
  markTornDown(): void {
    this.left ??= { headersSent: this.#hasBegun };
  }

  /** Its first task is added: from now on, the library watches its end. */
  markWatched(): void {
    const { headersSent, req } = this.response ?? {};
    this.#sentBefore = headersSent === false ? req?.socket?.bytesWritten : undefined;
  }

  /** Whether nothing was written since: then whatever looks as if it had been sent was not. */
  get #isUnsent(): boolean {
    return this.#sentBefore !== undefined && this.response?.req?.socket?.bytesWritten === this.#sentBefore;
  }

  get #hasBegun(): boolean {
    return this.response?.headersSent === true && !this.#isUnsent;
  }

  /** Nobody watched its end: where no handler can say either, nothing tells whether its client had left, and with what. */
  markUnwatched(): void {
    this.mayLookAborted = true;
    this.#noteLeaving();
    const isUnseen = this.calls.every(({ state }) => state === 'unseen' || state === 'running');
    if (this.left !== undefined && isUnseen) this.left.headersSent = undefined;
  }

  /** Its response is sent, or its client has left. */
  markOver(): void {
    this.#noteLeaving();
    this.#isClosed = true;
    this.over.resolve();
  }

  #noteLeaving(): void {
    if (!this.#isClosed && (this.response?.writableEnded === false || this.#isUnsent)) {
      this.left ??= { headersSent: this.#hasBegun };
    }
  }
}
