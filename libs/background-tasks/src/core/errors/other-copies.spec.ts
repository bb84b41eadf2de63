import { describe, expect, it, jest } from '@jest/globals';
import { hasOtherCopies, isOfAnotherCopy, markAsOfThisCopy, meetOtherCopies } from './other-copies.js';

/** As another copy of the library has it. */
async function loadAgain(): Promise<typeof import('./other-copies.js')> {
  jest.resetModules();
  return import('./other-copies.js');
}

class Own {}
markAsOfThisCopy(Own.prototype);

describe('one copy of the library', () => {
  it('knows of no other', () => {
    expect(hasOtherCopies()).toBe(false);
  });

  it('knows its own, and takes nothing else for that of another', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [new Own(), Own.prototype, Own, {}, null, undefined, 'text', proxy]) {
      expect(isOfAnotherCopy(value)).toBe(false);
    }
  });

  it('shows no mark', () => {
    expect(Object.keys(Own.prototype)).toEqual([]);
    expect(JSON.stringify(new Own())).toBe('{}');
  });
});

describe('two copies of the library', () => {
  it('know each other, and what the other has made', async () => {
    const other = await loadAgain();
    class Others {}
    class Heir extends Others {}
    other.markAsOfThisCopy(Others.prototype);
    expect([hasOtherCopies(), other.hasOtherCopies()]).toEqual([true, true]);
    expect([new Others(), Others.prototype, new Heir()].map(isOfAnotherCopy)).toEqual([true, true, true]);
    expect([new Own(), Own.prototype].map(other.isOfAnotherCopy)).toEqual([true, true]);
    expect(other.isOfAnotherCopy(new Others())).toBe(false);
  });

  it('meet, whichever was loaded first', async () => {
    const other = await loadAgain();
    class OwnTasks {}
    class OtherTasks {}
    const met: unknown[] = [];
    meetOtherCopies(OwnTasks, (tasks) => met.push('own', tasks));
    expect(met).toEqual([]);
    other.meetOtherCopies(OtherTasks, (tasks) => met.push('other', tasks));
    expect(met).toHaveLength(4);
    expect(met.indexOf(OtherTasks)).toBe(met.indexOf('own') + 1);
    expect(met.indexOf(OwnTasks)).toBe(met.indexOf('other') + 1);
  });
});
