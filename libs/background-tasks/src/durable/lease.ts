import { after, clock, delay } from '../core/batch/clock.js';
import { LostClaimError } from './engine.js';

/** How often a claim is renewed within its lease: one renewal may fail. */
const RENEWALS = 3;
/** Milliseconds until what the store did not take is tried again. */
const PAUSE = 250;

export interface LeaseSettings {
  readonly batchId: string;
  /** Milliseconds that a silent worker keeps its claim. */
  readonly lease: number;
  /** Renews the claim in the store; resolves to whether it still held. */
  readonly renew: () => Promise<boolean>;
  /** Whether the store has understood, and says no: then it will say so again. */
  readonly isAnswer?: (error: unknown) => boolean;
}

/**
 * How long a worker has a batch: as long as it renews its claim.
 *
 * It goes by the clock, as no engine says that the store is out of reach: another worker may have the batch once the lease is
 * over. What is written meanwhile is tried until then: a store that starts again in time costs no step.
 */
export class Lease {
  readonly #settings: LeaseSettings;
  readonly #abort = new AbortController();
  /** Those who wait for the store. */
  readonly #waiting = new Set<() => void>();
  #renewedAt = clock.now();
  #stop = (): void => {};

  constructor(settings: LeaseSettings) {
    this.#settings = settings;
  }

  /** Aborts when the claim is lost. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Begins to renew it. */
  begin(): void {
    this.#stop = after(this.#settings.lease / RENEWALS, () => {
      // also where the process was asleep: another worker may have it by now
      if (clock.now() - this.#renewedAt >= this.#settings.lease) return this.lose();
      this.begin();
      // what goes wrong is seen by the clock
      this.#held(this.#settings.renew).catch(() => undefined);
    });
  }

  /** Renews it no more: the store knows what has become of the batch, or is about to be told. */
  end(): void {
    this.#stop();
  }

  /** This worker has it no more, whatever the store knows. */
  lose(): void {
    this.end();
    this.#abort.abort(new LostClaimError(this.#settings.batchId));
    for (const lost of this.#waiting) lost();
  }

  /** Resolves to whether the claim still held when `statement` was carried out, which resolves to that; tried until it is lost. */
  async write(statement: () => Promise<boolean>): Promise<boolean> {
    while (!this.signal.aborted) {
      try {
        return await this.#held(() => this.#unlessLost(statement()));
      } catch (error) {
        if (this.#settings.isAnswer?.(error) === true) throw error;
        await delay(PAUSE);
      }
    }
    return false;
  }

  /** @throws LostClaimError by rejecting, where the claim did not hold. */
  async writeOrThrow(statement: () => Promise<boolean>): Promise<void> {
    if (!(await this.write(statement))) throw new LostClaimError(this.#settings.batchId);
  }

  async #held(statement: () => Promise<boolean>): Promise<boolean> {
    const asked = clock.now();
    const isHeld = await statement();
    if (isHeld) this.#renewedAt = asked;
    else this.lose();
    return isHeld;
  }

  #unlessLost(written: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const lost = (): void => resolve(false);
      this.#waiting.add(lost);
      written.then(resolve, reject).finally(() => this.#waiting.delete(lost));
    });
  }
}
