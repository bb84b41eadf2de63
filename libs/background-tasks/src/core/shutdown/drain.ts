import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { Inject, Injectable } from '@nestjs/common';
import { BackgroundTasksRunner } from '../running/background-tasks.runner.js';

/** Milliseconds between looks at responses that may have become streams: nothing tells when one does. */
const LOOK = 50;

/**
 * Waits, when the application shuts down, until nothing is left to run.
 *
 * All waits together take `shutdownTimeout` at most. Then the signals of the running tasks abort,
 * nothing starts any more, and what does not end by that is lost and named.
 */
@Injectable()
export class Drain {
  #deadline?: number;
  #hasGivenUp = false;
  #hasTold = false;

  constructor(@Inject(BackgroundTasksRunner) private readonly runner: BackgroundTasksRunner) {}

  /**
   * Waits for what is at work now, while the server still takes requests and every resource is open.
   *
   * Not for a response that has begun and goes on: a stream of events may end by nothing but the
   * closing of the server, which comes later.
   */
  async waitForKnown(): Promise<void> {
    const known = Array.from(this.runner.open.all, (batch) => ({ batch, quiet: this.runner.open.whenQuiet(batch) }));
    while (!this.#hasGivenUp) {
      const awaited = known.filter(({ batch }) => !batch.isStreaming).map(({ quiet }) => quiet);
      if (await within(Math.min(LOOK, this.#timeLeft), Promise.all(awaited))) return;
      if (this.#timeLeft <= 0) await this.#giveUp();
    }
  }

  /** Waits until nothing is at work, after the server has closed. */
  async waitForAll(): Promise<void> {
    while (!this.#hasGivenUp && this.runner.open.all.size > 0) {
      const quiet = Array.from(this.runner.open.all, (batch) => this.runner.open.whenQuiet(batch));
      if (!(await within(this.#timeLeft, Promise.all(quiet)))) await this.#giveUp();
    }
    if (!this.#hasTold) this.#tell([]);
  }

  get #timeLeft(): number {
    this.#deadline ??= performance.now() + this.runner.options.shutdownTimeout;
    return this.#deadline - performance.now();
  }

  async #giveUp(): Promise<void> {
    this.#hasGivenUp = true;
    const { shutdownTimeout } = this.runner.options;
    const pending = this.runner.giveUp(
      new DOMException(`The application shuts down, and has waited ${shutdownTimeout} ms.`, 'AbortError'),
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { running } = this.runner;
    const lost = [...running, ...pending];
    if (lost.length > 0) this.runner.reports.log.lost(running, pending, shutdownTimeout);
    this.#tell(lost);
  }

  #tell(lost: readonly string[]): void {
    this.#hasTold = true;
    this.runner.reports.drained(lost);
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
