import { isErrorLike, summaryOf } from '../core/errors/error-text.js';
import { RareWarnings } from '../durable/rare-warnings.js';

/** What BullMQ reports beside any call: told to an operator, and the latest is kept for whoever waits. */
export class ReportedErrors extends RareWarnings {
  latest?: Error;

  readonly add = (error: unknown): void => {
    if (isErrorLike(error)) this.latest = error;
    this.tell(`BullMQ reports: ${summaryOf(error)}`);
  };
}
