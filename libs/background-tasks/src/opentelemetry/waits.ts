/** How many batches are remembered at most: more than that is none of what waits, but what was never told to have ended. */
const MOST = 10_000;

interface Settled {
  readonly at: number;
  /** When those were added that came later, by their place. */
  late?: Map<number, number>;
}

/** How long tasks have waited since their batch had settled, or since they were added, if that was later. */
export class Waits {
  readonly #batches = new Map<string, Settled>();

  get size(): number {
    return this.#batches.size;
  }

  settled(batchId: string, at: number): void {
    if (this.#batches.has(batchId)) return;
    const [oldest] = this.#batches.size < MOST ? [] : this.#batches.keys();
    if (oldest !== undefined) this.#batches.delete(oldest);
    this.#batches.set(batchId, { at });
  }

  added(batchId: string, index: number, at: number): void {
    const settled = this.#batches.get(batchId);
    if (settled !== undefined && at > settled.at) (settled.late ??= new Map()).set(index, at);
  }

  /** How many milliseconds a task has waited that starts now, if that is known. */
  started(batchId: string, index: number, at: number): number | undefined {
    const settled = this.#batches.get(batchId);
    if (settled === undefined) return undefined;
    const since = settled.late?.get(index) ?? settled.at;
    settled.late?.delete(index);
    return at - since;
  }

  ended(batchId: string): void {
    this.#batches.delete(batchId);
  }
}
