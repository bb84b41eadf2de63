import type { Batch } from '../batch/batch.js';
import { Roster, rosterOf } from '../batch/roster.js';

/** The batches that became known between one asking and the next, as far as they have not finished. */
class Wave extends Roster<Batch> {
  readonly callbacks = new Set<() => void>();
  promise?: Promise<void>;
  next?: Wave;

  constructor(
    /** Whose it is: a batch is with one application, and others may ask. */
    readonly owner: object,
    readonly number: number,
  ) {
    super();
  }
}

/** A wait for the batches that were known when it began. */
export interface Wait {
  /** Those that have not finished. */
  batches(): Batch[];
  /** Ends the wait; its callback is not called any more. */
  cancel(): void;
}

/**
 * Batches with tasks that have not finished, and whoever waits for all of them.
 *
 * They come in waves, and all who ask between two waves wait for the same: to ask costs no more where many batches are
 * unfinished, or where others ask, too. While nobody asks, there is one wave.
 */
export class UnfinishedBatches implements Iterable<Batch> {
  /**
   * Told, while the application shuts down, of each batch that gets a task and had none, and of each that a call begins
   * for itself: in the async context of whoever does that.
   */
  onOpened?: (batch: Batch) => void;
  /** The first one that may be unfinished. */
  #oldest = new Wave(this, 0);
  /** The one that batches are added to. */
  #open = this.#oldest;
  /** The last one that somebody waits for. */
  #awaited?: Wave;

  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(batch: Batch): boolean {
    return this.#waveOf(batch) !== undefined;
  }

  [Symbol.iterator](): Iterator<Batch> {
    return this.#until(Infinity)[Symbol.iterator]();
  }

  add(batch: Batch): void {
    if (this.has(batch)) return;
    this.#open.add(batch);
    this.#size++;
    this.onOpened?.(batch);
  }

  /** It has finished, and `endWaits()` is to be called. Returns false if it was not among them. */
  delete(batch: Batch): boolean {
    if (this.#waveOf(batch)?.delete(batch) !== true) return false;
    this.#size--;
    return true;
  }

  /** Ends the waits for batches that have all finished. */
  endWaits(): void {
    for (let { next } = this.#oldest; next !== undefined && this.#oldest.size === 0; { next } = this.#oldest) {
      const { callbacks } = this.#oldest;
      if (this.#oldest === this.#awaited) this.#awaited = undefined;
      this.#oldest = next;
      callbacks.forEach((callback) => callback());
    }
  }

  /** Resolves when every batch that is here now has finished: for all who ask meanwhile, it is one promise. */
  whenFinished(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    const wave = this.#closedWave();
    wave.promise ??= new Promise((resolve) => wave.callbacks.add(resolve));
    return wave.promise;
  }

  /** Calls `callback` when every batch that is here now has finished; there has to be one. */
  onceFinished(callback: () => void): Wait {
    const { callbacks, number } = this.#closedWave();
    callbacks.add(callback);
    return {
      batches: () => [...this.#until(number)],
      cancel: () => void callbacks.delete(callback),
    };
  }

  /** The wave that ends last of those that are here; what comes from now on is in another. */
  #closedWave(): Wave {
    if (this.#awaited !== undefined && this.#open.size === 0) return this.#awaited;
    this.#awaited = this.#open;
    this.#open = this.#open.next = new Wave(this, this.#open.number + 1);
    return this.#awaited;
  }

  #waveOf(batch: Batch): Wave | undefined {
    const wave = rosterOf(batch);
    return wave instanceof Wave && wave.owner === this ? wave : undefined;
  }

  /** Those of all waves up to the one with `number`, without those that finish meanwhile. */
  *#until(number: number): Generator<Batch> {
    for (let wave: Wave | undefined = this.#oldest; wave !== undefined && wave.number <= number; wave = wave.next) {
      yield* wave;
    }
  }
}
