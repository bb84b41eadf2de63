import type { ExecutionContext } from '@nestjs/common';
import type { BatchRunner } from './batch.js';
import { OwnCall } from './own-call.js';

/** One call of the handler of a message: of a microservice, or of a gateway. */
export class MessageCall extends OwnCall {
  readonly #context: ExecutionContext;

  constructor(context: ExecutionContext, runner: BatchRunner) {
    super(runner);
    this.#context = context;
  }

  /** Whether the call that `context` is about is being followed already. */
  static isFollowed(context: ExecutionContext, { currentRequest }: BatchRunner): boolean {
    const call = currentRequest.get();
    return call instanceof MessageCall && call.#context === context && call.state === 'running';
  }
}
