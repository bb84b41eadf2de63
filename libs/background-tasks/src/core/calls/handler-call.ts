import type { ExecutionContext } from '@nestjs/common';
import type { Batch, BatchRunner, HandlerAtWork } from '../batch/batch.js';
import type { HandlerState } from '../batch/outcome.js';

/** How a call of a handler can end. */
export type HandlerEnd = 'completed' | 'errored' | 'torn down';

/** One call of a handler: what becomes of its observable. */
export abstract class HandlerCall implements HandlerAtWork {
  protected readonly runner: BatchRunner;
  readonly outer: HandlerCall | undefined;
  #context: ExecutionContext | undefined;
  #state: HandlerState = 'unseen';

  /** `context` is what Nest says about the call, where it was Nest that made it. */
  constructor(runner: BatchRunner, context?: ExecutionContext) {
    this.runner = runner;
    this.#context = context;
    const current = runner.currentRequest.get();
    // one that has ended leads nowhere, and would be kept alive by whatever goes on for ever
    this.outer = current instanceof HandlerCall && current.state === 'running' ? current : undefined;
  }

  abstract get batch(): Batch;

  abstract get existingBatch(): Batch | undefined;

  get state(): HandlerState {
    return this.#state;
  }

  /**
   * Whether this is the call that `context` is about, and it goes on: Nest makes one context for each call.
   *
   * One that has ended is another: it can be made again, by a global interceptor that retries.
   */
  isAbout(context: ExecutionContext): boolean {
    return this.#context === context && this.#state === 'running';
  }

  /** The handler's observable has been subscribed to. */
  started(): void {
    this.#state = 'running';
    this.runner.handlerStarted(this);
  }

  /** The handler has given an answer, perhaps not the last one. */
  answered(): void {}

  ended(state: HandlerEnd): void {
    if (this.#state !== 'running') return;
    this.#state = state;
    this.#context = undefined;
    this.existingBatch?.handlerEnded(this);
    this.runner.handlerEnded(this);
  }
}
