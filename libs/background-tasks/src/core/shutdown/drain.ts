import { Inject, Injectable } from '@nestjs/common';
import type { Batch } from '../batch/batch.js';
import { after, clock, turn } from '../batch/clock.js';
import type { OpenBatches } from '../calls/open-batches.js';
import { namesIn } from '../running/names-in.js';
import { Scheduler } from '../running/scheduler.js';
import { batchesHere, Callers } from './callers.js';

/** Milliseconds between looks at responses that may have become streams: nothing tells when one does. */
const STREAM_POLL = 50;

/**
 * Waits, when the application shuts down, until nothing is left to run.
 *
 * All waits together take `shutdownTimeout` at most. Then the signals of the running tasks abort, nothing starts any more,
 * and what does not end by that is lost and named. Whoever closes the application is not waited for while at work.
 */
@Injectable()
export class Drain {
  readonly #callers: Callers;
  /** What was at work when a wait began, and what that has begun since. */
  readonly #known = new Set<Batch>();
  /** By the monotonic clock, once the first wait has begun. */
  #deadline = 0;
  #waitsNoLonger = false;
  #hasToldWaiting = false;
  #hasToldEnd = false;

  constructor(@Inject(Scheduler) private readonly scheduler: Scheduler) {
    this.#callers = new Callers(scheduler.application);
  }

  /**
   * Waits for what is at work now, while the server still takes requests and every resource is open; and for what that
   * begins, such as a scope that a task awaits.
   *
   * Not for a response that has begun and goes on: a stream of events may end by nothing but the
   * closing of the server, which comes later.
   */
  async waitForKnown(): Promise<void> {
    this.#begin();
    for (const batch of this.#open.all) this.#known.add(batch);
    this.#open.unfinished.onOpened = (batch) => this.#knowWhatKnownBegin(batch);
    await this.#wait(
      () => [...this.#known].filter((batch) => !batch.settling.isStreaming && this.#isAwaited(batch)),
      STREAM_POLL,
    );
  }

  /** Waits until nothing is at work, after the server has closed. */
  async waitForAll(): Promise<void> {
    this.#begin();
    await this.#wait(() => [...this.#open.all]);
    if (!this.#hasToldEnd) this.#tellEnd(this.#loseWhatIsBehindCallers());
  }

  get #open(): OpenBatches {
    return this.scheduler.application.openBatches;
  }

  get #timeLeft(): number {
    return this.#deadline - clock.now();
  }

  #begin(): void {
    const { options, reports } = this.scheduler;
    if (!reports.draining) this.#deadline = clock.now() + options.shutdownTimeout;
    this.scheduler.beginDraining();
    this.#callers.noteHere();
  }

  /** What somebody begins for whom nobody waits any longer is not waited for either. */
  #knowWhatKnownBegin(batch: Batch): void {
    const here = batchesHere(this.scheduler.application);
    const isBegunByKnown = here.length > 0 ? here.some((adder) => this.#isAwaited(adder)) : this.#mayBeOfHandler(batch);
    if (isBegunByKnown) this.#known.add(batch);
  }

  #isAwaited(batch: Batch): boolean {
    return this.#known.has(batch) && !this.#open.isQuiet(batch);
  }

  /** With `Scope.REQUEST`, no async context leads to a handler of HTTP: a scope may be that of any that is at work. */
  #mayBeOfHandler(batch: Batch): boolean {
    if (batch.request !== undefined) return false;
    return [...this.#known].some((known) => known.request !== undefined && this.#open.callsOn(known).length > 0);
  }

  /** Waits until none of what `list` returns is left, for callers one turn: they may have ended by then. */
  async #wait(list: () => Batch[], poll = Infinity): Promise<void> {
    const whenQuiet = this.#rememberingQuiet();
    for (let hasWaitedForCallers = false; !this.#waitsNoLonger;) {
      const left = list();
      const awaited = left.filter((batch) => !this.#callers.areIn(batch));
      if (awaited.length > 0) {
        hasWaitedForCallers = false;
        this.#tellWaiting(awaited);
        await this.#waitUntil(Promise.all(awaited.map(whenQuiet)), poll);
      } else if (left.length === 0 || hasWaitedForCallers) return;
      else {
        hasWaitedForCallers = true;
        await turn();
      }
    }
  }

  /** When a batch is quiet: asked once until it is, however often this looks again. */
  #rememberingQuiet(): (batch: Batch) => Promise<void> {
    const asked = new Map<Batch, Promise<void>>();
    const ask = async (batch: Batch): Promise<void> => {
      await this.#open.whenQuiet(batch);
      asked.delete(batch);
    };
    return (batch) => {
      const quiet = asked.get(batch) ?? ask(batch);
      asked.set(batch, quiet);
      return quiet;
    };
  }

  /** Until all are quiet, or it is time to look again, or to wait no longer. */
  async #waitUntil(areQuiet: Promise<unknown>, poll: number): Promise<void> {
    if (await within(Math.min(poll, this.#timeLeft), areQuiet)) return;
    if (this.#timeLeft <= 0) await this.#stopWaiting();
  }

  async #stopWaiting(): Promise<void> {
    this.#waitsNoLonger = true;
    const { scheduler } = this;
    const { shutdownTimeout } = scheduler.options;
    const pending = this.#stop(`and has waited ${shutdownTimeout} ms`);
    await turn();
    const left = this.#open.withTasks.filter((batch) => !this.#callers.areIn(batch));
    // what is stored is not lost: `carried` came with it
    const { running } = namesIn(left.filter(({ carried }) => carried === undefined));
    const stored = namesIn(left.filter(({ carried }) => carried !== undefined)).running;
    const lost = [...running, ...pending];
    if (lost.length > 0) scheduler.reports.log.lost(running, pending, shutdownTimeout);
    if (stored.length > 0) scheduler.reports.log.leftToOthers(stored, shutdownTimeout);
    this.#tellEnd(lost);
    scheduler.endStopped();
    // what interceptors do then, such as ending a span, is done before somebody closes what they use
    await turn();
  }

  /** Returns the names of the tasks that could not start before a caller had ended. */
  #loseWhatIsBehindCallers(): string[] {
    if (this.#open.all.size === 0) return [];
    const lost = this.#stop('and waits no longer');
    if (lost.length > 0) this.scheduler.reports.log.lostBehindCaller(lost);
    return lost;
  }

  #stop(why: string): string[] {
    const reason = new DOMException(`The application shuts down, ${why}.`, 'AbortError');
    return this.scheduler.stop(reason, (batch) => this.#callers.areIn(batch));
  }

  /** Once, and not where there is nothing to wait for. */
  #tellWaiting(batches: readonly Batch[]): void {
    if (this.#hasToldWaiting) return;
    this.#hasToldWaiting = true;
    const { running, pending } = namesIn(batches);
    const handlers = this.#open.countCallsOn(batches);
    this.scheduler.reports.log.waits([...running, ...pending], handlers);
  }

  #tellEnd(lost: readonly string[]): void {
    this.#hasToldEnd = true;
    this.scheduler.reports.drained(lost);
  }
}

/** Whether `promise` resolves within `milliseconds`. */
async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    cancel = after(Math.max(milliseconds, 0), () => resolve(false));
  });
  try {
    return await Promise.race([promise.then(() => true), tooLate]);
  } finally {
    cancel();
  }
}
