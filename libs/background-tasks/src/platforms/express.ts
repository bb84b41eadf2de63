import type { BatchRunner } from '../batch.js';
import type { RawResponse } from '../outcome.js';
import { batchOf } from '../request-batch.js';
import { backgroundAccessor } from '../response-background.js';

/** What this library uses of an Express application. */
export interface ExpressApplication {
  /** The prototype of every response of this application, and of no other. */
  readonly response: object;
}

/** Gives the responses of `application` their `background`. */
export function prepareExpress({ response }: ExpressApplication, runner: BatchRunner): void {
  const accessor = backgroundAccessor((own: RawResponse) => batchOf(own.req, runner));
  Object.defineProperty(response, 'background', { ...accessor, configurable: true });
}
