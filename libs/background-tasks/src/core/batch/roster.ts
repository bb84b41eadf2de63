/** What the roster may do with the place of a member, and nobody else: a friend of the class. */
interface Friend {
  rosterOf(member: Member): object | undefined;
  beforeOf(member: Member): Member | undefined;
  afterOf(member: Member): Member | undefined;
  setRoster(member: Member, roster: object | undefined): void;
  setBefore(member: Member, before: Member | undefined): void;
  setAfter(member: Member, after: Member | undefined): void;
}

let friend: Friend;

/**
 * What can be on a roster, one at a time: it knows its place there, so that nobody has to look it up.
 *
 * In private: who prints a request must not see those that are served beside it.
 */
export abstract class Member {
  #roster?: object | undefined;
  #before?: Member | undefined;
  #after?: Member | undefined;

  static {
    friend = {
      rosterOf: (member) => member.#roster,
      beforeOf: (member) => member.#before,
      afterOf: (member) => member.#after,
      setRoster: (member, roster) => {
        member.#roster = roster;
      },
      setBefore: (member, before) => {
        member.#before = before;
      },
      setAfter: (member, after) => {
        member.#after = after;
      },
    };
  }
}

/** The roster that `member` is on, if it is on one. */
export function rosterOf(member: Member): object | undefined {
  return friend.rosterOf(member);
}

/**
 * A set, in order, of what is in one such set at most.
 *
 * Nothing is hashed: for a set of few that come and go with each request, that would cost as much as a small task.
 */
export class Roster<T extends Member> implements Iterable<T> {
  #first?: Member | undefined;
  #last?: Member | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(member: Member): boolean {
    return friend.rosterOf(member) === this;
  }

  /** Adds `member` as the last one, unless it is on a roster. */
  add(member: T): void {
    if (friend.rosterOf(member) !== undefined) return;
    const last = this.#last;
    friend.setRoster(member, this);
    friend.setBefore(member, last);
    if (last === undefined) this.#first = member;
    else friend.setAfter(last, member);
    this.#last = member;
    this.#size++;
  }

  /** Returns false if `member` was not here. */
  delete(member: T): boolean {
    if (!this.has(member)) return false;
    const [before, after] = [friend.beforeOf(member), friend.afterOf(member)];
    if (before === undefined) this.#first = after;
    else friend.setAfter(before, after);
    if (after === undefined) this.#last = before;
    else friend.setBefore(after, before);
    friend.setRoster(member, undefined);
    friend.setBefore(member, undefined);
    friend.setAfter(member, undefined);
    this.#size--;
    return true;
  }

  /** Those that are here now, without those that leave meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (const member of this.#all()) if (this.has(member)) yield member;
  }

  #all(): T[] {
    const all: T[] = [];
    // only what add() has taken in is linked
    for (let each = this.#first; each !== undefined; each = friend.afterOf(each)) all.push(each as T);
    return all;
  }
}
