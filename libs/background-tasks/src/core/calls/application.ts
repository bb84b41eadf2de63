import { Injectable } from '@nestjs/common';
import { Batch, type BatchRunner } from '../batch/batch.js';
import type { BackgroundTasks } from '../tasks/background-tasks.js';
import { CurrentCall } from './current-call.js';
import type { CallHost } from './handler-call.js';
import { OpenBatches } from './open-batches.js';

/** One application of the process: what its calls share, and what runs their tasks. */
@Injectable()
export class Application implements CallHost {
  readonly currentCall = new CurrentCall();
  readonly openBatches = new OpenBatches();
  /** Whether its tasks have `Scope.DEFAULT`: then requests, too, are found by async context. */
  findsRequests = false;
  /** Whether Nest made `instance` for it, or was given it. */
  provides: (instance: object) => boolean = () => false;
  /** What handlers get as their tasks instead of any of their own, where a test has overridden what is injected. */
  tasksForParameters?: BackgroundTasks;
  #runner?: BatchRunner;
  #isClosed = false;

  /** Has the batches that are made from now on run by `runner`. */
  runWith(runner: BatchRunner): void {
    this.#runner = runner;
  }

  /** What runs its batches. */
  get runner(): BatchRunner {
    if (this.#runner === undefined) throw new Error('Cannot make a batch: nothing was said to run it.');
    return this.#runner;
  }

  /** Whether durable tasks are stored by an engine. */
  get stores(): boolean {
    return this.#runner?.store !== undefined;
  }

  get isObserved(): boolean {
    return this.#runner?.isObserved === true;
  }

  /** A batch, for the response to `request` if there is one. */
  newBatch(request?: object): Batch {
    return new Batch(this.runner, request);
  }

  /** Whether it has shut down: then it competes for nothing that another serves, too. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }
}
