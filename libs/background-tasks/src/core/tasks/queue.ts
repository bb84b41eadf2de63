interface Link<T> {
  readonly value: T;
  next: Link<T> | undefined;
  /** Whether it is in the queue no more; whoever stands here as they look through the queue goes on from here. */
  isGone: boolean;
}

/** First in, first out, each step in constant time however long the queue is. */
export class Queue<T> implements Iterable<T> {
  #first?: Link<T>;
  #last?: Link<T>;
  #size = 0;
  /** Those that were removed and are passed over when their turn comes. */
  #removed?: Set<T>;

  get size(): number {
    return this.#size;
  }

  add(value: T): void {
    const link: Link<T> = { value, next: undefined, isGone: false };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#size++;
  }

  take(): T | undefined {
    for (let first = this.#first; first !== undefined; first = first.next) {
      this.#first = first.next;
      if (this.#first === undefined) this.#last = undefined;
      first.isGone = true;
      if (this.#removed?.delete(first.value)) continue;
      this.#size--;
      return first.value;
    }
    return undefined;
  }

  /** Removes `value`, which is in it once. */
  remove(value: T): void {
    this.#removed ??= new Set();
    this.#removed.add(value);
    this.#size--;
    if (this.#removed.size > this.#size) this.#letGoOfRemoved();
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; link = link.next) {
      if (!link.isGone && !this.#removed?.has(link.value)) yield link.value;
    }
  }

  /** Not at each removal, which would cost what the queue is long; but they are not kept for a turn that may never come. */
  #letGoOfRemoved(): void {
    let last: Link<T> | undefined;
    for (let link = this.#first; link !== undefined; link = link.next) {
      link.isGone = this.#removed?.has(link.value) === true;
      if (link.isGone) continue;
      if (last === undefined) this.#first = link;
      else last.next = link;
      last = link;
    }
    if (last === undefined) this.#first = undefined;
    else last.next = undefined;
    this.#last = last;
    this.#removed = undefined;
  }
}
