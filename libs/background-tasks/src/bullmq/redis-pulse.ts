import type { RedisQueueBackend } from 'bullmq';
import { after } from '../core/batch/clock.js';
import { isSettledWithin } from '../durable/within.js';

/** Milliseconds between two questions, and until an answer is overdue. */
const BEAT = 5000;

/**
 * Finds out that nobody is at the other end of a connection any more, and has another one made.
 *
 * The kernel needs a quarter of an hour for that. `socketTimeout` of ioredis would not do: its timer outlives the
 * connection, keeps the process alive, and ends the next one.
 */
export class RedisPulse {
  readonly #backend: RedisQueueBackend;
  #cancel = (): void => {};

  constructor(backend: RedisQueueBackend) {
    this.#backend = backend;
    this.#later();
  }

  stop(): void {
    this.#cancel();
  }

  #later(): void {
    this.#cancel = after(BEAT, () => {
      this.#later();
      this.#ask().catch(() => {});
    });
  }

  async #ask(): Promise<void> {
    const client = await this.#backend.client;
    if (client.status !== 'ready') return;
    // that it was cut, or is refused, is an answer, too
    if (!(await isSettledWithin(BEAT - 1, client.info()))) client.disconnect(true);
  }
}
