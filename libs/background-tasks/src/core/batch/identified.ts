import { randomUUID } from 'node:crypto';
import { clock } from './clock.js';
import { Member } from './roster.js';

/** What a batch may have from elsewhere. */
export interface Identity {
  readonly id?: string;
  /** That of another batch, whose time goes on with this one. */
  readonly epoch?: number;
}

/** What tells a batch from every other, and its time from the wall clock. */
export class Identified extends Member {
  #id: string | undefined;
  /** The time when the monotonic clock was at `moment`, if that is known. */
  timeAt(moment: number | undefined): number | undefined {
    return moment === undefined ? undefined : this.epoch + moment;
  }

  /** What the wall clock was ahead of the monotonic one when anybody first asked for the time. */
  #epoch: number | undefined;

  constructor({ id, epoch }: Identity) {
    super();
    this.#id = id;
    this.#epoch = epoch;
  }

  /** A UUID, made when somebody asks. */
  get id(): string {
    return (this.#id ??= randomUUID());
  }

  /**
   * The wall clock when it got its first task, or was told of before, and the monotonic clock since: milliseconds, which
   * never go back.
   */
  now(): number {
    const now = clock.now();
    this.#epoch ??= clock.wallTime() - now;
    return this.#epoch + now;
  }

  /** What the wall clock was ahead of the monotonic one then. */
  get epoch(): number {
    return (this.#epoch ??= clock.wallTime() - clock.now());
  }
}
