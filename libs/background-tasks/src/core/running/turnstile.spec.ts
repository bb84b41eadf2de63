import { beforeEach, describe, expect, it } from '@jest/globals';
import { Turnstile } from './turnstile.js';

describe('a Turnstile', () => {
  let inside: string[];

  beforeEach(() => {
    inside = [];
  });

  function enter(turnstile: Turnstile, ...names: string[]): void {
    for (const name of names) turnstile.enter(() => inside.push(name));
  }

  it('lets in at once as many as its limit says, and no more', () => {
    enter(new Turnstile(2), 'a', 'b', 'c');
    expect(inside).toEqual(['a', 'b']);
  });

  it('lets in one for each that leaves, first come first served', () => {
    const turnstile = new Turnstile(1);
    enter(turnstile, 'a', 'b', 'c');
    turnstile.leave();
    expect(inside).toEqual(['a', 'b']);
    turnstile.leave();
    expect(inside).toEqual(['a', 'b', 'c']);
  });

  it('gives the place of one that left while nobody waited to the next one that comes', () => {
    const turnstile = new Turnstile(1);
    enter(turnstile, 'a');
    turnstile.leave();
    enter(turnstile, 'b', 'c');
    expect(inside).toEqual(['a', 'b']);
  });

  it('has no more places after many have come and gone', () => {
    const turnstile = new Turnstile(1);
    enter(turnstile, 'a', 'b');
    turnstile.leave();
    turnstile.leave();
    enter(turnstile, 'c', 'd');
    expect(inside).toEqual(['a', 'b', 'c']);
  });

  it('lets everybody in without a limit', () => {
    enter(new Turnstile(Infinity), 'a', 'b', 'c', 'd');
    expect(inside).toEqual(['a', 'b', 'c', 'd']);
  });
});
