import type { Batch } from '../batch/batch.js';
import type { Application } from '../calls/application.js';
import { HandlerCall } from '../calls/handler-call.js';
import type { Served } from '../calls/served.js';
import { batchOfAttempt } from '../running/attempt.js';
import { attemptHere } from '../running/current-task.js';

/** Whoever closes the application: its batch cannot finish while it is at work, which it may be until that is done. */
interface Caller {
  readonly batch: Batch | undefined;
  readonly isAtWork: boolean;
}

/** The batches of what runs here: of the current task, of the call in which it is made, and of those around that. */
export function batchesHere({ currentCall }: Application): Batch[] {
  const here = attemptHere();
  const batches = [here && batchOfAttempt(here.attempt), ...Array.from(currentCall.allServed, (s) => s.existingBatch)];
  return batches.filter((batch) => batch !== undefined);
}

/** The tasks, scopes and handlers that close one application, or wait for somebody who does. */
export class Callers {
  readonly #application: Application;
  readonly #callers: Caller[] = [];

  constructor(application: Application) {
    this.#application = application;
  }

  /** Looks who calls: async context tells. */
  noteHere(): void {
    const here = attemptHere();
    if (here?.isAtWork === true)
      this.#callers.push({
        batch: batchOfAttempt(here.attempt),
        get isAtWork() {
          return here.isAtWork;
        },
      });
    for (const served of this.#application.currentCall.allServed) this.#callers.push(callerOf(served));
  }

  /** Whether a caller in `batch` is at work, or one that has to end before it can settle. */
  areIn(batch: Batch): boolean {
    return this.#callers.some((caller) => (caller.batch === batch || isHandedOverBy(caller, batch)) && caller.isAtWork);
  }
}

/** What a handler has added, and an engine is to have. */
function isHandedOverBy({ batch: own }: Caller, batch: Batch): boolean {
  return own?.handover !== undefined && batch.settling === own.settling && batch.settling.settlement === undefined;
}

function callerOf(served: Served): Caller {
  return {
    get batch() {
      return served.existingBatch;
    },
    get isAtWork() {
      if (served instanceof HandlerCall) return served.state === 'running';
      return [...(served.existingBatch?.settling.atWork ?? [])].length > 0;
    },
  };
}
