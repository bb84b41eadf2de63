import { describe, expect, it } from '@jest/globals';
import { faults, recoveries, type Told } from './happened.js';

const WORDS: Readonly<Record<string, Told['what']>> = { b: 'begins', e: 'ends', f: 'fails' };

/** `0b`: step 0 begins; `0e`: it ends; `0f`: it fails. In process 1, or in `2:0b`, 2, which lives on. */
function told(...lines: string[]): Told[] {
  return lines.map((line, at) => {
    const [event = '', by = '1'] = line.split(':').toReversed();
    return { name: 'x', at, by: Number(by), step: Number(event[0]), what: WORDS[event[1] ?? ''] ?? 'is lost' };
  });
}

const killed = new Map([[1, 0]]);
const of = (...lines: string[]): string[] => faults(told(...lines), killed);
const REST = ['2:1b', '2:1e', '2:2b', '2:2e'];

describe('the judge of killed processes', () => {
  it.each([
    ['steps in order', ['2:0b', '2:0e', ...REST]],
    ['the repetition of what a killed worker was at', ['0b', '2:0b', '2:0e', ...REST]],
    ['that of what it could not write down any more', ['0b', '0e', '2:0b', '2:0e', ...REST]],
    ['going on where it could', ['0b', '0e', ...REST]],
    ['another attempt of what has failed', ['2:0b', '2:0f', '3:0b', '3:0e', ...REST]],
    ['the end of a batch by a failure', ['2:0b', '2:0e', '2:1b', '2:1f', '2:1b', '2:1f']],
  ])('has nothing against %s', (_, lines) => {
    expect(of(...lines)).toEqual([]);
  });

  it.each([
    ['the loss of a batch', [], 'a batch never ran'],
    ['the loss of a step', ['2:0b', '2:0e'], 'it ended where step 0 ends'],
    ['one that never ends', ['2:0b', '2:0e', '2:1b'], 'it ended where step 1 begins'],
    ['another order', ['2:1b', '2:1e', '2:2b', '2:2e'], 'step 1 ran before step 0 had ended'],
    ['a repetition', ['0b', '0e', '1b', '2:0b', '2:0e', ...REST], 'step 0 ran again although a later one had begun'],
    ['one without need', ['2:0b', '3:0b', '3:0e', ...REST], 'step 0 ran again, in 3, though 2 lives'],
    ['a leap', ['2:0b', '2:0e', '2:2b', '2:2e'], 'step 2 ran before step 1 had ended'],
    ['a step after a failure', ['2:0b', '2:0f', ...REST], 'step 1 ran before step 0 had ended'],
  ])('finds %s', (_, lines, fault) => {
    expect(of(...lines).join()).toContain(fault);
  });

  it('measures until another process has begun again', () => {
    const all = told('0b', '2:0b', '2:0e', ...REST);
    expect(recoveries(all, killed)).toEqual([1]);
    expect(recoveries(told('0b', '0e', ...REST), new Map([[1, 1]]))).toEqual([]);
  });
});
