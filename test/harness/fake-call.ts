import type { Batch, HandlerAtWork } from '../../libs/background-tasks/src/core/batch/batch.js';
import type { HandlerState } from '../../libs/background-tasks/src/core/batch/outcome.js';

/** The call of a handler of `batch` that a test ends. */
export class FakeCall implements HandlerAtWork {
  state: HandlerState = 'running';
  readonly batch: Batch;
  readonly existingBatch: Batch;

  constructor(batch: Batch) {
    this.batch = batch;
    this.existingBatch = batch;
  }

  end(state: HandlerState): void {
    this.state = state;
    this.batch.handlerEnded(this);
  }
}
