import { Queue } from '../tasks/queue.js';

/** Lets a limited number in at once; the others wait, first come first served. */
export class Turnstile {
  readonly #limit: number;
  #waiting?: Queue<() => void>;
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `start` now or later; whoever was let in has to leave. */
  enter(start: () => void): void {
    if (this.#inside >= this.#limit) return this.#wait(start);
    this.#inside++;
    start();
  }

  leave(): void {
    const next = this.#waiting?.take();
    if (next === undefined) this.#inside--;
    else next();
  }

  #wait(start: () => void): void {
    this.#waiting ??= new Queue();
    this.#waiting.add(start);
  }
}
