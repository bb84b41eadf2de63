interface Link<T> {
  readonly value: T;
  next?: Link<T>;
}

/** First in, first out, each step in constant time however long the queue is. */
export class Queue<T> implements Iterable<T> {
  #first?: Link<T>;
  #last?: Link<T>;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: T): void {
    const link: Link<T> = { value };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#size++;
  }

  take(): T | undefined {
    const first = this.#first;
    if (first === undefined) return undefined;
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#size--;
    return first.value;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; link = link.next) yield link.value;
  }
}
