import type { Batch, BatchRunner, HandlerAtWork } from './batch.js';
import type { HandlerState } from './outcome.js';

/** How a call of a handler can end. */
export type HandlerEnd = 'completed' | 'errored' | 'torn down';

/** One call of a handler: what becomes of its observable. */
export abstract class HandlerCall implements HandlerAtWork {
  protected readonly runner: BatchRunner;
  #state: HandlerState = 'unseen';

  constructor(runner: BatchRunner) {
    this.runner = runner;
  }

  abstract get batch(): Batch;

  /** The batch, if anybody has asked for it. */
  protected abstract get existingBatch(): Batch | undefined;

  get state(): HandlerState {
    return this.#state;
  }

  /** The handler's observable has been subscribed to. */
  started(): void {
    this.#state = 'running';
    this.runner.handlerStarted(this);
  }

  ended(state: HandlerEnd): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.existingBatch?.handlerEnded();
    this.runner.handlerEnded(this);
  }
}
