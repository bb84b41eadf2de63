import type { Batch } from '../core/batch/batch.js';
import { clearTimeout, LONGEST_TIMER, setTimeout } from '../core/batch/clock.js';
import type { OutgoingTasks } from './outgoing-tasks.js';
import type { Submissions } from './submissions.js';

/** How many times a hold is prolonged before it would be over. */
const TIMES = 3;

/** Prolongs the hold of what is stored for a response, as long as that lasts. */
export class Prolonging {
  readonly #submissions: Submissions;
  readonly #response: Batch;
  readonly #tasks: OutgoingTasks;
  #timer?: NodeJS.Timeout | undefined;

  constructor(submissions: Submissions, response: Batch, tasks: OutgoingTasks) {
    this.#submissions = submissions;
    this.#response = response;
    this.#tasks = tasks;
  }

  begin(): void {
    // a response does not keep its process alive
    const wait = Math.min(this.#submissions.options.hold / TIMES, LONGEST_TIMER);
    this.#timer ??= setTimeout(() => this.#prolong(), wait).unref();
  }

  /** The response is over: its timer would keep it in memory. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #prolong(): void {
    this.#timer = undefined;
    if (this.#response.settling.settlement !== undefined) return;
    const held = [...this.#tasks.all].filter(({ state }) => state === 'held');
    for (const outgoing of held) void this.#submissions.extend(outgoing).catch(() => undefined);
    if (held.length > 0) this.begin();
  }
}
