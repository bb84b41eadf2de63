import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from '../tasks/background-task.js';
import type { BackgroundTasks, TaskList } from '../tasks/background-tasks.js';
import type { AwaitedResponse, Handling } from './outcome.js';
import { Queue } from '../tasks/queue.js';
import { type Settlement, Settling } from './settling.js';

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

/** A task that may start. */
export interface SettledEntry extends BatchEntry, Settlement {}

/** What runs batches; the batch says when there is something to run. */
export interface BatchRunner {
  readonly currentRequest: { get(): object | undefined; enter<T>(request: object, fn: () => T): T };
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
  /** The call that made this one, if it was at work then. */
  readonly outer?: HandlerAtWork | undefined;
}

let lastId = 0;

/**
 * The tasks of one response.
 *
 * Nothing is watched until the first task is added.
 */
export class Batch implements TaskList {
  readonly #entries = new Queue<BatchEntry>();
  #id?: string;
  #added = 0;
  readonly #runner: BatchRunner;
  readonly #settling: Settling<HandlerAtWork>;

  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
    this.#settling = new Settling((settlement, isNew) => {
      if (isNew) runner.settled(this, settlement);
      runner.run(this);
    });
  }

  /** Unique in this process. */
  get id(): string {
    this.#id ??= `${++lastId}`;
    return this.#id;
  }

  /** Whether its response has begun and goes on: a stream, perhaps without an end. */
  get isStreaming(): boolean {
    return this.#settling.isStreaming;
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
      handler: this.adder,
    };
    this.#runner.accept(entry);
    this.#entries.add(entry);
    this.#added++;
    this.#settling.want();
    if (this.#settling.settlement !== undefined) this.#runner.run(this);
  }

  /** The next task that will never start, settled or not. */
  giveUp(): BatchEntry | undefined {
    return this.#entries.take();
  }

  /** The next task to start, or `undefined` while there is none that may. */
  take(): SettledEntry | undefined {
    const { settlement } = this.#settling;
    if (settlement === undefined) return undefined;
    const entry = this.#entries.take();
    if (entry === undefined) return undefined;
    const { index, task, through, context, handler } = entry;
    const outcome = this.#settling.outcomeFor(handler);
    return { batch: this, index, task, through, context, handler, outcome, aborted: settlement.aborted };
  }

  /** Tells the batch its response, as soon as anybody knows it. */
  answeredBy(response: AwaitedResponse): void {
    this.#settling.answeredBy(response);
  }

  /** The calls of handlers that it waits for. */
  get handlersAtWork(): ReadonlySet<HandlerAtWork> {
    return this.#settling.handlersAtWork;
  }

  /** The batch waits for `handler`, even if the response is over and tasks ran before, and ends as it does. */
  handledBy(handler: HandlerAtWork): void {
    this.#settling.handledBy(handler);
  }

  /** The batch waits for `handler`, one of several; only the tasks that it added end as it does. */
  sharedBy(handler: HandlerAtWork): void {
    this.#settling.sharedBy(handler);
  }

  handlerEnded(handler: HandlerAtWork): void {
    this.#settling.handlerEnded(handler);
  }

  /** The call of a handler that is adding here, where it can be told from others: the innermost of this batch. */
  get adder(): HandlerAtWork | undefined {
    let call: Partial<HandlerAtWork> | undefined = this.#runner.currentRequest.get();
    while (call !== undefined && call.existingBatch !== this) call = call.outer;
    return call as HandlerAtWork | undefined;
  }
}
