/** What can be on a roster: it knows its place there, so that nobody has to look it up. */
export interface Member<T extends Member<T>> {
  roster?: Roster<T> | undefined;
  before?: T | undefined;
  after?: T | undefined;
}

/**
 * A set, in order, of what is in one such set at most.
 *
 * Nothing is hashed: for a set of few that come and go with each request, that would cost as much as a small task.
 */
export class Roster<T extends Member<T>> implements Iterable<T> {
  #first?: T | undefined;
  #last?: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(member: T): boolean {
    return member.roster === this;
  }

  /** Adds `member`, which is on no roster, as the last one. */
  add(member: T): void {
    if (member.roster !== undefined) return;
    member.roster = this;
    member.before = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.after = member;
    this.#last = member;
    this.#size++;
  }

  /** Returns false if `member` was not here. */
  delete(member: T): boolean {
    if (member.roster !== this) return false;
    const { before, after } = member;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    member.roster = member.before = member.after = undefined;
    this.#size--;
    return true;
  }

  /** Those that are here now, without those that leave meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (const member of this.#all()) if (this.has(member)) yield member;
  }

  #all(): T[] {
    const all: T[] = [];
    for (let member = this.#first; member !== undefined; member = member.after) all.push(member);
    return all;
  }
}
