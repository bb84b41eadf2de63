import { clock } from '../core/batch/clock.js';

/** Milliseconds for which a line is not told again: a store that is out of reach is tried every second, by many workers. */
const QUIET = 60_000;
/** How many different lines are remembered: some name a batch. */
const MOST = 100;

/** Tells an operator what goes wrong beside any call, and not the same again and again. */
export class RareWarnings {
  readonly #warn: (line: string) => void;
  readonly #told = new Map<string, number>();

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  tell(line: string): void {
    const now = clock.now();
    if (now - (this.#told.get(line) ?? -Infinity) < QUIET) return;
    if (this.#told.size >= MOST) this.#told.clear();
    this.#told.set(line, now);
    this.#warn(line);
  }
}
