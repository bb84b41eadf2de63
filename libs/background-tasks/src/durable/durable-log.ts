import { counted, quoted } from '../core/errors/wording.js';
import { summaryOf } from '../core/errors/error-text.js';
import { HarmlessLogger } from '../core/reports/harmless-logger.js';
import { RareWarnings } from './rare-warnings.js';

/** What an operator reads of batches in a store. */
export class DurableLog {
  readonly #logger = new HarmlessLogger();
  readonly #rare = new RareWarnings((line) => this.#logger.warn(line));

  /** For a process that stores batches and runs none. */
  runsNone(queue: string): void {
    this.#logger.log(
      `Durable tasks are stored in the queue "${queue}", and other processes run them: \`worker\` is false.`,
    );
  }

  warn(line: string): void {
    this.#logger.warn(line);
  }

  /** Whoever asked for them is told so, and no more than that; the cause is for an operator, once a minute. */
  cannotStore(error: unknown): void {
    this.#rare.tell(`Durable background tasks cannot be stored, and their clients are told so: ${summaryOf(error)}.`);
  }

  foreign(id: string): void {
    this.#logger.error(
      `The job ${id} in the queue of durable tasks is not of this library, or of a shape that it does not know. ` +
        'Nothing was called; it is among the failed ones.',
    );
  }

  unknown(id: string, what: string, patience: number): void {
    const minutes = counted(Math.round(patience / 60_000), 'minute');
    this.#logger.warn(
      `The durable batch ${id} waits for a worker that knows ${what}: this one does not. After ${minutes} it has failed.`,
    );
  }

  stayedUnknown(id: string, what: string, names: readonly string[]): void {
    this.#logger.error(`The durable batch ${id} has failed: no worker knew ${what}. Not done: ${quoted(names)}.`);
  }
}
