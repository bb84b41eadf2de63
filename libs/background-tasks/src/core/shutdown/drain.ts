import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { Inject, Injectable } from '@nestjs/common';
import type { OpenBatches } from '../calls/open-batches.js';
import { Scheduler } from '../running/scheduler.js';

/** Milliseconds between looks at responses that may have become streams: nothing tells when one does. */
const STREAM_POLL = 50;

/**
 * Waits, when the application shuts down, until nothing is left to run.
 *
 * All waits together take `shutdownTimeout` at most. Then the signals of the running tasks abort,
 * nothing starts any more, and what does not end by that is lost and named.
 */
@Injectable()
export class Drain {
  #deadline?: number;
  #waitsNoLonger = false;
  #hasTold = false;

  constructor(@Inject(Scheduler) private readonly scheduler: Scheduler) {}

  /**
   * Waits for what is at work now, while the server still takes requests and every resource is open.
   *
   * Not for a response that has begun and goes on: a stream of events may end by nothing but the
   * closing of the server, which comes later.
   */
  async waitForKnown(): Promise<void> {
    this.scheduler.beginDraining();
    const known = Array.from(this.#open.all, (batch) => ({ batch, quiet: this.#open.whenQuiet(batch) }));
    while (!this.#waitsNoLonger) {
      const awaited = known.filter(({ batch }) => !batch.settling.isStreaming).map(({ quiet }) => quiet);
      if (await within(Math.min(STREAM_POLL, this.#timeLeft), Promise.all(awaited))) return;
      if (this.#timeLeft <= 0) await this.#stopWaiting();
    }
  }

  /** Waits until nothing is at work, after the server has closed. */
  async waitForAll(): Promise<void> {
    while (!this.#waitsNoLonger && this.#open.all.size > 0) {
      const quiet = Array.from(this.#open.all, (batch) => this.#open.whenQuiet(batch));
      if (!(await within(this.#timeLeft, Promise.all(quiet)))) await this.#stopWaiting();
    }
    if (!this.#hasTold) this.#tell([]);
  }

  get #open(): OpenBatches {
    return this.scheduler.application.openBatches;
  }

  get #timeLeft(): number {
    this.#deadline ??= performance.now() + this.scheduler.options.shutdownTimeout;
    return this.#deadline - performance.now();
  }

  async #stopWaiting(): Promise<void> {
    this.#waitsNoLonger = true;
    const { shutdownTimeout } = this.scheduler.options;
    const pending = this.scheduler.stop(
      new DOMException(`The application shuts down, and has waited ${shutdownTimeout} ms.`, 'AbortError'),
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
    const running = this.scheduler.namesOfRunning;
    const lost = [...running, ...pending];
    if (lost.length > 0) this.scheduler.reports.log.lost(running, pending, shutdownTimeout);
    this.#tell(lost);
  }

  #tell(lost: readonly string[]): void {
    this.#hasTold = true;
    this.scheduler.reports.drained(lost);
  }
}

/** Whether `promise` resolves within `milliseconds`. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    // the longest that a timer of Node can wait
    timer = setTimeout(() => resolve(false), Math.min(Math.max(milliseconds, 0), 2 ** 31 - 1));
  });
  try {
    return await Promise.race([promise.then(() => true), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
