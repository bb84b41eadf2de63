import type { ExecutionContext } from '@nestjs/common';
import type { Batch } from '../batch/batch.js';
import type { Call, HandlerState } from '../batch/outcome.js';
import { clock } from '../batch/clock.js';
import type { Roster } from '../batch/roster.js';
import type { Source } from '../batch/source.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import type { Outcome } from '../tasks/task-context.js';
import { Served, type WhoAdds } from './served.js';
import type { UnfinishedBatches } from './unfinished-batches.js';

/** How a call of a handler can end. */
export type HandlerEnd = 'completed' | 'errored' | 'torn down' | 'given up';

/** What tells the names of a handler; Nest's contexts do. */
export interface HandlerNames {
  getClass(): object;
  getHandler(): object;
  /** What brought the call, and what it was called with, where a context of Nest tells. */
  getType?(): string;
  getArgs?(): unknown[];
}

/** What a call needs of the application that serves it. */
export interface CallHost {
  /** Whether its requests, too, are found by async context. */
  readonly findsRequests: boolean;
  /** Whether durable tasks are stored by an engine. */
  readonly stores: boolean;
  /** Whether anybody listens to events: then it is noted when things happen. */
  readonly isObserved: boolean;
  /** Where the call is made. */
  readonly currentCall: WhoAdds & {
    readonly served: Served | undefined;
    readonly call: HandlerCall | undefined;
    enter<T>(served: Served, fn: () => T): T;
  };
  readonly openBatches: {
    /** The calls that are at work, and may add tasks to their batches. */
    readonly atWork: Pick<Roster<HandlerCall>, 'add' | 'delete'>;
    readonly unfinished: Pick<UnfinishedBatches, 'onOpened'>;
  };
  newBatch(request?: object): Batch;
  readonly tasksForParameters?: BackgroundTasks;
}

/** One call of a handler, whatever brought it: what becomes of its observable. */
export abstract class HandlerCall extends Served implements Call {
  protected readonly application: CallHost;
  /** The call that made this one, if it was at work then. */
  readonly outer: HandlerCall | undefined;
  /** What says which handler it calls, if anything does. */
  handler?: HandlerNames;
  /** When it ended, by the monotonic clock, if somebody listened then. */
  endedAt?: number;
  #state: HandlerState = 'unseen';
  /** Most calls have one batch, which is told of their end, and nobody else. */
  #onceEnded?: ((state: HandlerState) => void) | undefined;
  #othersOnceEnded?: Array<(state: HandlerState) => void> | undefined;

  constructor(application: CallHost) {
    super(application.currentCall);
    this.application = application;
    const { call } = application.currentCall;
    // one that has ended leads nowhere, and would be kept alive by whatever goes on for ever
    this.outer = call?.state === 'running' ? call : undefined;
  }

  /**
   * Whether what its handler leads to finds it by async context.
   *
   * In HTTP it need not: the request tells, and an `AsyncLocalStorage` for each call would cost all of them.
   */
  abstract readonly isAmbient: boolean;

  /** What brought it. */
  abstract readonly source: Source;

  get state(): HandlerState {
    return this.#state;
  }

  /** Its handler, as log lines call it: `Class.method`. */
  get name(): string {
    const { handler } = this;
    if (handler === undefined) return 'scope()';
    return [handler.getClass(), handler.getHandler()].map((each) => String(Reflect.get(each, 'name'))).join('.');
  }

  /** Whether its end may have to wait: then whoever follows it asks `storeBefore()`. */
  get isHeldBack(): boolean {
    return this.application.stores;
  }

  /** Whether each value of its observable is an answer of its own, before which the same is asked. */
  get answersEach(): boolean {
    return false;
  }

  /**
   * What has to be waited for before it ends so, or gives an answer, if anything: its durable tasks are stored.
   *
   * Where that rejects, the call has failed, and so has its handler for whoever called it.
   */
  storeBefore(outcome: Outcome): Promise<void> | undefined {
    return this.existingBatch?.handover?.store({ call: this, outcome });
  }

  /** The handler is called, or its observable is subscribed to. */
  start(): void {
    this.#state = 'running';
    this.application.openBatches.atWork.add(this);
  }

  /** Calls `fn`, and whatever it leads to, with this as the current call. */
  within<T>(fn: () => T): T {
    return this.application.currentCall.enter(this, fn);
  }

  /** The tasks for a parameter of the handler. */
  tasksForParameter(): BackgroundTasks {
    return this.application.tasksForParameters ?? this.newTasks();
  }

  /** The handler has given an answer, perhaps not the last one. */
  answer(): void {}

  onceEnded(callback: (state: HandlerState) => void): void {
    if (this.#onceEnded === undefined) this.#onceEnded = callback;
    else (this.#othersOnceEnded ??= []).push(callback);
  }

  end(state: HandlerEnd): void {
    this.#leave(state);
  }

  /** As if it had not begun: it is at work again once somebody subscribes to what its handler has returned. */
  suspend(): void {
    this.#leave('unseen');
  }

  #leave(state: HandlerEnd | 'unseen'): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    if (this.application.isObserved) this.endedAt = clock.now();
    const [callback, others] = [this.#onceEnded, this.#othersOnceEnded];
    this.#onceEnded = this.#othersOnceEnded = undefined;
    callback?.(state);
    others?.forEach((each) => each(state));
    this.application.openBatches.atWork.delete(this);
  }
}

const CALL = Symbol('nestjs-background-tasks.call');

/**
 * The call that `context` is about, if it is being followed already: Nest makes one context for each call.
 *
 * One that has ended is another: it can be made again, by a global interceptor that retries.
 */
export function followedCall(context: ExecutionContext & { [CALL]?: HandlerCall }): HandlerCall | undefined {
  const call = context[CALL];
  return call?.state === 'running' ? call : undefined;
}

/** Remembers that `call` is the one that `context` is about. */
export function rememberCall(context: ExecutionContext & { [CALL]?: HandlerCall }, call: HandlerCall): void {
  context[CALL] = call;
  call.handler = context;
}
