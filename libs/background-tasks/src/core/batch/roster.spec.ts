import { beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { Member, Roster, rosterOf } from './roster.js';

class Guest extends Member {
  constructor(readonly name: string) {
    super();
  }
}

let roster: Roster<Guest>;
let [a, b, c]: Guest[] = [];

const names = (): string[] => Array.from(roster, ({ name }) => name);

describe('a roster', () => {
  beforeEach(() => {
    roster = new Roster();
    [a, b, c] = [new Guest('a'), new Guest('b'), new Guest('c')];
    for (const guest of [a, b, c]) roster.add(guest);
  });

  it('has its members in the order in which they came', () => {
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(roster.size).toBe(3);
    expect([a, b, c].every((guest) => roster.has(guest))).toBe(true);
  });

  it('has each of them once', () => {
    roster.add(b);
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(roster.size).toBe(3);
  });

  it.each([
    ['first', 0, ['b', 'c']],
    ['in the middle', 1, ['a', 'c']],
    ['last', 2, ['a', 'b']],
  ])('lets go of the one that is %s', (_, index, left) => {
    const guest = [a, b, c][index];
    expect(roster.delete(guest)).toBe(true);
    expect(names()).toEqual(left);
    expect(roster.size).toBe(2);
    expect(roster.has(guest)).toBe(false);
    expect(rosterOf(guest)).toBeUndefined();
  });

  it('shows nothing of its members to who prints one of them', () => {
    expect(inspect(b, { depth: Infinity })).toBe("Guest { name: 'b' }");
    expect(JSON.stringify(b)).toBe('{"name":"b"}');
  });

  it('takes one in again, as the last one', () => {
    roster.delete(a);
    roster.add(a);
    expect(names()).toEqual(['b', 'c', 'a']);
  });

  it('can be emptied and filled again', () => {
    for (const guest of [b, a, c]) roster.delete(guest);
    expect([names(), roster.size]).toEqual([[], 0]);
    roster.add(c);
    roster.add(a);
    expect(names()).toEqual(['c', 'a']);
  });

  it('does not let go of whom it has not', () => {
    const other = new Roster<Guest>();
    expect(other.delete(a)).toBe(false);
    expect(other.has(a)).toBe(false);
    expect(new Roster<Guest>().delete(new Guest('d'))).toBe(false);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it('does not take one from another', () => {
    const other = new Roster<Guest>();
    other.add(a);
    expect([...other]).toEqual([]);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it('passes over those that leave while somebody goes through it, and those that come', () => {
    const seen: string[] = [];
    for (const { name } of roster) {
      seen.push(name);
      if (name !== 'a') continue;
      roster.delete(b);
      roster.delete(a);
      roster.add(new Guest('d'));
    }
    expect(seen).toEqual(['a', 'c']);
    expect(names()).toEqual(['c', 'd']);
  });
});
