/** A set whose members one can wait to see leave. */
export class WatchedSet<T> implements Iterable<T> {
  readonly #members = new Set<T>();
  readonly #waiting = new Map<T, Array<() => void>>();

  get size(): number {
    return this.#members.size;
  }

  has(member: unknown): member is T {
    const members: ReadonlySet<unknown> = this.#members;
    return members.has(member);
  }

  add(member: T): void {
    this.#members.add(member);
  }

  delete(member: T): void {
    this.#members.delete(member);
    if (this.#waiting.size === 0) return;
    this.#waiting.get(member)?.forEach((resolve) => resolve());
    this.#waiting.delete(member);
  }

  /** Resolves when `member` is not, or no longer, in the set. */
  whenGone(member: T): Promise<void> {
    if (!this.has(member)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(member, [...(this.#waiting.get(member) ?? []), resolve]));
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }
}
