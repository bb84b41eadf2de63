import { describe, expect, it } from '@jest/globals';
import { WatchedSet } from './watched-set.js';

describe('a WatchedSet', () => {
  it('lists each member once, in the order they came', () => {
    const set = new WatchedSet<string>();
    expect(set.size).toBe(0);
    for (const member of ['a', 'b', 'a']) set.add(member);
    expect([...set]).toEqual(['a', 'b']);
    expect(set.size).toBe(2);
  });

  it('knows who is in it', () => {
    const set = new WatchedSet<string>();
    set.add('a');
    expect([set.has('a'), set.has('b')]).toEqual([true, false]);
    set.delete('a');
    expect(set.has('a')).toBe(false);
    expect(set.size).toBe(0);
  });

  it('does not wait for who is not on it', async () => {
    await expect(new WatchedSet<string>().whenGone('a')).resolves.toBeUndefined();
  });

  it('tells all who wait for a member that it has left, and nobody else', async () => {
    const set = new WatchedSet<string>();
    const told: string[] = [];
    for (const member of ['a', 'b']) set.add(member);
    const first = set.whenGone('a').then(() => told.push('first for a'));
    const second = set.whenGone('a').then(() => told.push('second for a'));
    const other = set.whenGone('b').then(() => told.push('for b'));
    set.delete('a');
    await Promise.all([first, second]);
    expect(told).toEqual(['first for a', 'second for a']);
    set.delete('b');
    await other;
    expect(told).toEqual(['first for a', 'second for a', 'for b']);
  });

  it('takes the leaving of a member that nobody waits for, while somebody waits for another', async () => {
    const set = new WatchedSet<string>();
    for (const member of ['a', 'b']) set.add(member);
    const gone = set.whenGone('a');
    set.delete('b');
    expect([...set]).toEqual(['a']);
    set.delete('a');
    await expect(gone).resolves.toBeUndefined();
  });

  it('waits anew for a member that has come back', async () => {
    const set = new WatchedSet<string>();
    const told: string[] = [];
    set.add('a');
    const first = set.whenGone('a').then(() => told.push('first'));
    set.delete('a');
    await first;
    set.add('a');
    const second = set.whenGone('a').then(() => told.push('second'));
    set.delete('a');
    await second;
    expect(told).toEqual(['first', 'second']);
  });
});
