import type { Batch } from '../core/batch/batch.js';
import { setTimeout } from '../core/batch/clock.js';
import type { OutgoingTasks } from './outgoing-tasks.js';
import type { Submissions } from './submissions.js';

/** How many times a hold is prolonged before it would be over. */
const TIMES = 3;

/** Prolongs the hold of what is stored for a response, as long as that lasts. */
export class Prolonging {
  readonly #submissions: Submissions;
  readonly #response: Batch;
  readonly #tasks: OutgoingTasks;
  #isAtIt = false;

  constructor(submissions: Submissions, response: Batch, tasks: OutgoingTasks) {
    this.#submissions = submissions;
    this.#response = response;
    this.#tasks = tasks;
  }

  begin(): void {
    if (this.#isAtIt) return;
    this.#isAtIt = true;
    // a response does not keep its process alive
    setTimeout(() => this.#prolong(), this.#submissions.options.hold / TIMES).unref();
  }

  #prolong(): void {
    this.#isAtIt = false;
    if (this.#response.settling.settlement !== undefined) return;
    const held = [...this.#tasks.all].filter(({ state }) => state === 'held');
    for (const outgoing of held) void this.#submissions.extend(outgoing).catch(() => undefined);
    if (held.length > 0) this.begin();
  }
}
