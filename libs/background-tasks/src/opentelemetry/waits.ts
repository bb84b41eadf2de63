/** How many batches are remembered at most: more than that is none of what waits, but what was never told to have ended. */
const MOST = 10_000;

interface Known {
  /** When it has settled, for the first time. */
  settledAt?: number;
  /** When those were added that have not started, by their place. */
  readonly added: Map<number, number>;
}

/** How long tasks have waited since their batch had settled, or since they were added, if that was later. */
export class Waits {
  readonly #batches = new Map<string, Known>();

  get size(): number {
    return this.#batches.size;
  }

  settled(batchId: string, at: number): void {
    this.#known(batchId).settledAt ??= at;
  }

  added(batchId: string, index: number, at: number): void {
    this.#known(batchId).added.set(index, at);
  }

  /**
   * How many milliseconds a task has waited that starts now, if that is known.
   *
   * Where nobody has said that its batch settled, that was before it was added: it had finished by then, and was forgotten.
   */
  started(batchId: string, index: number, at: number): number | undefined {
    const { settledAt, added } = this.#batches.get(batchId) ?? {};
    const since = Math.max(settledAt ?? -Infinity, added?.get(index) ?? -Infinity);
    added?.delete(index);
    return since === -Infinity ? undefined : at - since;
  }

  ended(batchId: string): void {
    this.#batches.delete(batchId);
  }

  #known(batchId: string): Known {
    const known = this.#batches.get(batchId);
    if (known !== undefined) return known;
    const [oldest] = this.#batches.size < MOST ? [] : this.#batches.keys();
    if (oldest !== undefined) this.#batches.delete(oldest);
    const made: Known = { added: new Map() };
    this.#batches.set(batchId, made);
    return made;
  }
}
