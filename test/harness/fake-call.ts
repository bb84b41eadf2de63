import type { Batch } from '../../libs/background-tasks/src/core/batch/batch.js';
import { SCOPE } from '../../libs/background-tasks/src/core/batch/source.js';
import { Application } from '../../libs/background-tasks/src/core/calls/application.js';
import { type CallHost, HandlerCall } from '../../libs/background-tasks/src/core/calls/handler-call.js';

/** A call of a handler whose tasks go to `batch`, at work until a test ends it. */
export class FakeCall extends HandlerCall {
  readonly isAmbient = true;
  readonly source = SCOPE;

  readonly batch: Batch;
  readonly existingBatch: Batch;

  constructor(batch: Batch, application: CallHost = new Application()) {
    super(application);
    this.batch = batch;
    this.existingBatch = batch;
    this.start();
  }
}
