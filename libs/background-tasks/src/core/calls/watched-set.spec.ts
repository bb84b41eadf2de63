import { describe, expect, it } from '@jest/globals';
import { Roll } from './watched-set.js';

describe('a Roll', () => {
  it('lists each member once, in the order they came', () => {
    const roll = new Roll<string>();
    expect(roll.size).toBe(0);
    for (const member of ['a', 'b', 'a']) roll.add(member);
    expect([...roll]).toEqual(['a', 'b']);
    expect(roll.size).toBe(2);
  });

  it('knows who is on it', () => {
    const roll = new Roll<string>();
    roll.add('a');
    expect([roll.has('a'), roll.has('b')]).toEqual([true, false]);
    roll.delete('a');
    expect(roll.has('a')).toBe(false);
    expect(roll.size).toBe(0);
  });

  it('does not wait for who is not on it', async () => {
    await expect(new Roll<string>().whenGone('a')).resolves.toBeUndefined();
  });

  it('tells all who wait for a member that it has left, and nobody else', async () => {
    const roll = new Roll<string>();
    const told: string[] = [];
    for (const member of ['a', 'b']) roll.add(member);
    const first = roll.whenGone('a').then(() => told.push('first for a'));
    const second = roll.whenGone('a').then(() => told.push('second for a'));
    const other = roll.whenGone('b').then(() => told.push('for b'));
    roll.delete('a');
    await Promise.all([first, second]);
    expect(told).toEqual(['first for a', 'second for a']);
    roll.delete('b');
    await other;
    expect(told).toEqual(['first for a', 'second for a', 'for b']);
  });

  it('takes the leaving of a member that nobody waits for, while somebody waits for another', async () => {
    const roll = new Roll<string>();
    for (const member of ['a', 'b']) roll.add(member);
    const gone = roll.whenGone('a');
    roll.delete('b');
    expect([...roll]).toEqual(['a']);
    roll.delete('a');
    await expect(gone).resolves.toBeUndefined();
  });

  it('waits anew for a member that has come back', async () => {
    const roll = new Roll<string>();
    const told: string[] = [];
    roll.add('a');
    const first = roll.whenGone('a').then(() => told.push('first'));
    roll.delete('a');
    await first;
    roll.add('a');
    const second = roll.whenGone('a').then(() => told.push('second'));
    roll.delete('a');
    await second;
    expect(told).toEqual(['first', 'second']);
  });
});
