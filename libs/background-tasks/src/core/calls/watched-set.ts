/** A set whose members one can wait to see leave. */
export class Roll<T> implements Iterable<T> {
  readonly #members = new Set<T>();
  readonly #waiting = new Map<T, Array<() => void>>();

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
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

  /** Resolves when `member` is not, or no longer, on the roll. */
  whenGone(member: T): Promise<void> {
    if (!this.has(member)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(member, [...(this.#waiting.get(member) ?? []), resolve]));
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }
}
