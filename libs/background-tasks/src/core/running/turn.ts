import { clock } from '../batch/clock.js';

/** Milliseconds of tasks in a row before other work of the process gets a turn. */
const LENGTH = 10;

/** What a batch runs in a row, and how late it is: the clock is read once a task, which is what ends one and begins the next. */
export class Turn {
  /** When the clock was read last. */
  now = 0;
  #end = 0;

  begin(): this {
    this.#end = this.read() + LENGTH;
    return this;
  }

  /** Reads the clock. */
  read(): number {
    this.now = clock.now();
    return this.now;
  }

  /** Whether it was over when the clock was read last. */
  get isOver(): boolean {
    return this.now >= this.#end;
  }
}
