import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from './background-task.js';
import type { BackgroundTasks, TaskList } from './background-tasks.js';
import { decideOutcome, type HandlerState, type Outcome, type RawResponse } from './outcome.js';
import { Queue } from './queue.js';
import { onceResponseIsOver, type RawRequest } from './response-end.js';

/** A task in its batch, with what its adder had around it. */
export interface BatchEntry {
  readonly task: BackgroundTask;
  /** The tasks it was added through, for the options set on all of them. */
  readonly through: BackgroundTasks;
  /** The async context of the code that added it. */
  readonly context: AsyncResource;
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
  /** A task was added to `batch`. */
  accept(batch: Batch): void;
  /** `batch` has settled, and may have tasks to run. */
  run(batch: Batch): void;
}

/**
 * The tasks of one response, and when they may start.
 *
 * Nothing is watched until the first task is added. The batch settles when the response is over and
 * no handler is at work on it.
 */
export class Batch implements TaskList {
  readonly #entries = new Queue<BatchEntry>();
  readonly #request: RawRequest;
  readonly #runner: BatchRunner;
  #response?: RawResponse;
  #isWatched = false;
  #handler: HandlerState = 'unseen';
  #end?: { readonly aborted: boolean };
  #settlement?: Settlement;

  /** The task that stopped the batch by failing. */
  stoppedBy?: BackgroundTask;

  constructor(request: RawRequest, runner: BatchRunner) {
    this.#request = request;
    this.#runner = runner;
  }

  get size(): number {
    return this.#entries.size;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  add(task: BackgroundTask, through: BackgroundTasks): void {
    this.#entries.add({ task, through, context: new AsyncResource('BackgroundTask') });
    this.#runner.accept(this);
    this.#watch();
    if (this.#settlement !== undefined) this.#runner.run(this);
  }

  /** The next task to start, or `undefined` while there is none that may. */
  take(): SettledEntry | undefined {
    if (this.#settlement === undefined) return undefined;
    const entry = this.#entries.take();
    if (entry === undefined) return undefined;
    const { task, through, context } = entry;
    const { outcome, aborted } = this.#settlement;
    return { task, through, context, outcome, aborted };
  }

  /** Tells the batch its response, as soon as anybody knows it. */
  answeredBy(response: RawResponse): void {
    this.#response ??= response;
    if (this.size > 0) this.#watch();
  }

  /** A handler is at work: the batch waits for it, even if the response is over and tasks ran before. */
  handlerStarted(): void {
    this.#handler = 'running';
    this.#settlement = undefined;
  }

  handlerEnded(state: 'completed' | 'errored' | 'torn down'): void {
    if (this.#handler !== 'running') return;
    this.#handler = state;
    this.#settle();
  }

  #watch(): void {
    if (this.#isWatched || this.#response === undefined) return;
    this.#isWatched = true;
    onceResponseIsOver(this.#request, this.#response, (aborted) => {
      this.#end = { aborted };
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#end === undefined || this.#response === undefined || this.#handler === 'running') return;
    const { aborted } = this.#end;
    this.#settlement = { outcome: decideOutcome(this.#handler, this.#response, aborted), aborted };
    this.#runner.run(this);
  }
}
