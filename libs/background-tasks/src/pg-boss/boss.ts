import { type ConstructorOptions, PgBoss, type StopOptions } from 'pg-boss';
import { summaryOf } from '../core/errors/error-text.js';
import type { Connection } from './connection.js';
import { isSettledWithin } from '../durable/within.js';

/** How much of its time an orderly end may take, before all connections are cut. */
const ORDERLY = 0.9;

/** What tells the same error of one worker from that of another. */
const WHOSE = / \(Queue: [^()]*, Worker: [\da-f-]+\)$/;

/** pg-boss itself: heard, whatever happens to it, and ended in time. */
export class Boss {
  readonly pgBoss: PgBoss;
  readonly #connection: Connection;
  #isStarted = false;

  constructor(connection: Connection, options: ConstructorOptions, warn: (line: string) => void) {
    this.#connection = connection;
    // it keeps no schedules for us, and nobody looks for it in its registry: that would be work for nothing
    const ours: ConstructorOptions = { schedule: false, registerInstance: false, useListenNotify: connection.listens };
    this.pgBoss = new PgBoss({ ...connection.options, ...ours, ...options });
    // an `error` that nobody listens to ends the process
    this.pgBoss.on('error', (error) => warn(`pg-boss: ${summaryOf(error).replace(WHOSE, '')}`));
    this.pgBoss.on('warning', ({ message }) => warn(`pg-boss: ${message}`));
  }

  async start(): Promise<void> {
    await this.pgBoss.start();
    this.#isStarted = true;
  }

  /** Ends it, and what it has opened, within that time, also where the database does not answer; never rejects. */
  async stop({ graceful, timeout }: Required<Pick<StopOptions, 'graceful' | 'timeout'>>): Promise<void> {
    // it would wait for its own start
    if (!this.#isStarted) this.#connection.sever();
    const stopped = this.pgBoss.stop({ graceful, timeout });
    await isSettledWithin(timeout * ORDERLY, stopped);
    this.#connection.sever();
    await isSettledWithin(timeout * (1 - ORDERLY), stopped);
  }
}
