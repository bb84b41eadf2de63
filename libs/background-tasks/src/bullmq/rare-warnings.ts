import { clock } from '../core/batch/clock.js';
import { isErrorLike, summaryOf } from '../core/errors/error-text.js';

/** Where the lines for an operator go. */
export interface WarningLog {
  warn(line: string): void;
}

/** How long a line is not told again: a store that is out of reach is tried every second. */
const QUIET = 60_000;
/** How many different lines are remembered: some name a job. */
const MOST = 100;

/** Tells an operator what an engine complains about, and not the same again and again. */
export class RareWarnings {
  /** The latest error, whenever it was. */
  latest?: Error;
  readonly #log: WarningLog;
  readonly #told = new Map<string, number>();

  constructor(log: WarningLog) {
    this.#log = log;
  }

  readonly add = (error: unknown): void => {
    if (isErrorLike(error)) this.latest = error;
    this.tell(`BullMQ reports: ${summaryOf(error)}`);
  };

  tell(line: string): void {
    const now = clock.now();
    if (now - (this.#told.get(line) ?? -Infinity) < QUIET) return;
    if (this.#told.size >= MOST) this.#told.clear();
    this.#told.set(line, now);
    this.#log.warn(line);
  }
}
