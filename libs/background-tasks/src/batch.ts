import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from './background-task.js';
import type { BackgroundTasks, TaskList } from './background-tasks.js';
import type { CurrentRequest } from './current-request.js';
import type { AwaitedResponse, Handling, Outcome } from './outcome.js';
import { Queue } from './queue.js';

/** A task in its batch, with what its adder had around it. */
export interface BatchEntry {
  readonly batch: Batch;
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly task: BackgroundTask;
  /** The tasks it was added through, for the options set on all of them. */
  readonly through: BackgroundTasks;
  /** The async context of the code that added it. */
  readonly context: AsyncResource;
  /** The call of the handler that added it, where several share the batch. */
  readonly handler: HandlerAtWork | undefined;
}

/** How the response ended. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly aborted: boolean;
}

/** A task that may start. */
export interface SettledEntry extends BatchEntry, Settlement {}

/** What runs batches; the batch says when there is something to run. */
export interface BatchRunner {
  readonly currentRequest: CurrentRequest;
  /** A task is about to be added; throws if it cannot be. */
  accept(entry: BatchEntry): void;
  /** `batch`, which has tasks, has settled. */
  settled(batch: Batch, settlement: Settlement): void;
  /** `batch` has settled, and may have tasks to run. */
  run(batch: Batch): void;
  /** A handler is at work, and may add tasks to its batch. */
  handlerStarted(call: HandlerAtWork): void;
  handlerEnded(call: HandlerAtWork): void;
}

/** A call of a handler, and the batch that its tasks go to. */
export interface HandlerAtWork extends Handling {
  /** Made when somebody asks. */
  readonly batch: Batch;
  /** The batch, if anybody has asked for it. */
  readonly existingBatch: Batch | undefined;
}

let lastId = 0;

const NOBODY: readonly HandlerAtWork[] = [];

/**
 * The tasks of one response, and when they may start.
 *
 * Nothing is watched until the first task is added. The batch settles when the response is over and
 * no handler is at work on it.
 */
export class Batch implements TaskList {
  readonly #entries = new Queue<BatchEntry>();
  #id?: string;
  #added = 0;
  readonly #runner: BatchRunner;
  #response?: AwaitedResponse;
  #isWatched = false;
  #handler?: HandlerAtWork;
  #atWork = NOBODY;
  #end?: { readonly aborted: boolean };
  #settlement?: Settlement;

  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
  }

  /** Unique in this process. */
  get id(): string {
    this.#id ??= `${++lastId}`;
    return this.#id;
  }

  /** Whether its response has begun and goes on: a stream, perhaps without an end. */
  get isStreaming(): boolean {
    return this.#settlement === undefined && this.#response?.isStreaming === true;
  }

  get size(): number {
    return this.#entries.size;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  add(task: BackgroundTask, through: BackgroundTasks): void {
    const entry = {
      batch: this,
      index: this.#added,
      task,
      through,
      context: new AsyncResource('BackgroundTask'),
      handler: this.#adder,
    };
    this.#runner.accept(entry);
    this.#entries.add(entry);
    this.#added++;
    this.#watch();
    if (this.#settlement !== undefined) this.#runner.run(this);
  }

  /** The next task that will never start, settled or not. */
  giveUp(): BatchEntry | undefined {
    return this.#entries.take();
  }

  /** The next task to start, or `undefined` while there is none that may. */
  take(): SettledEntry | undefined {
    if (this.#settlement === undefined) return undefined;
    const entry = this.#entries.take();
    if (entry === undefined) return undefined;
    const { index, task, through, context, handler } = entry;
    const { aborted } = this.#settlement;
    const outcome = handler === undefined ? this.#settlement.outcome : this.#outcomeAfter(handler, aborted);
    return { batch: this, index, task, through, context, handler, outcome, aborted };
  }

  /** Tells the batch its response, as soon as anybody knows it. */
  answeredBy(response: AwaitedResponse): void {
    this.#response ??= response;
    if (this.size > 0) this.#watch();
  }

  /** The calls of handlers that it waits for. */
  get handlersAtWork(): readonly HandlerAtWork[] {
    return this.#atWork;
  }

  get isInHandler(): boolean {
    return this.#atWork.length > 0;
  }

  /** The batch waits for `handler`, even if the response is over and tasks ran before, and ends as it does. */
  handledBy(handler: HandlerAtWork): void {
    this.#handler = handler;
    this.sharedBy(handler);
  }

  /** The batch waits for `handler`, one of several; only the tasks that it added end as it does. */
  sharedBy(handler: HandlerAtWork): void {
    if (handler.state !== 'running') return;
    this.#atWork = [...this.#atWork.filter((other) => other !== handler), handler];
    this.#settlement = undefined;
  }

  handlerEnded(handler: HandlerAtWork): void {
    this.#atWork = this.#atWork.filter((other) => other !== handler);
    this.#settle();
  }

  /** The call that adds, where it can be told from others. */
  get #adder(): HandlerAtWork | undefined {
    const current: Partial<HandlerAtWork> | undefined = this.#runner.currentRequest.get();
    return current?.existingBatch === this ? (current as HandlerAtWork) : undefined;
  }

  #watch(): void {
    if (this.#isWatched || this.#response === undefined) return;
    this.#isWatched = true;
    this.#response.onceOver((aborted) => {
      this.#end = { aborted };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#end === undefined || this.isInHandler) return;
    const { aborted } = this.#end;
    this.#settlement = { outcome: this.#outcomeAfter(this.#handler, aborted), aborted };
    this.#runner.settled(this, this.#settlement);
    this.#runner.run(this);
  }

  #outcomeAfter(handler: HandlerAtWork | undefined, aborted: boolean): Outcome {
    // without a response there is nothing that could have ended
    const response = this.#response as AwaitedResponse;
    return response.outcomeAfter(handler?.state ?? 'unseen', aborted);
  }
}
