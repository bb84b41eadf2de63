import { clock } from '../core/batch/clock.js';

/** How long nothing is said again. */
const QUIET = 60_000;
const MOST = 20;

/**
 * Tells an operator what goes wrong beside any call, once a minute.
 *
 * While a database is away each of many workers finds that out every second.
 */
export class Complaints {
  readonly #warn: (line: string) => void;
  readonly #said = new Map<string, number>();

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  tell(line: string): void {
    const now = clock.now();
    const last = this.#said.get(line);
    if (last !== undefined && now - last < QUIET) return;
    if (this.#said.size >= MOST) this.#said.clear();
    this.#said.set(line, now);
    this.#warn(line);
  }
}
