import { describe, expect, it } from '@jest/globals';
import { faults, type Told } from './happened.js';

/** `0b`: step 0 begins; `0e`: it ends; `0w`: that is written. In worker 1, or in `2:0b`, 2, which lives on. */
function told(...lines: string[]): Told[] {
  const words = { b: 'begins', e: 'ends', w: 'is written' } as const;
  return lines.map((line) => {
    const [event = '', by = '1'] = line.split(':').toReversed();
    return { id: '', at: 0, by: Number(by), step: Number(event[0]), what: words[event[1] as 'b' | 'e' | 'w'] };
  });
}

const killed = new Map([[1, 0]]);
const of = (...lines: string[]): string[] => faults(told(...lines), 2, killed);

describe('the judge of killed workers', () => {
  it('has nothing against steps in order', () => {
    expect(of('2:0b', '2:0e', '2:0w', '2:1b', '2:1e', '2:1w')).toEqual([]);
  });

  it('has nothing against the repetition of what a killed worker was at', () => {
    expect(of('0b', '0e', '0w', '1b', '2:1b', '2:1e', '2:1w')).toEqual([]);
    expect(of('0b', '0e', '2:0b', '2:0e', '2:0w', '2:1b', '2:1e', '2:1w')).toEqual([]);
  });

  it('has nothing against going on where a killed worker could not say any more that it had written', () => {
    expect(of('0b', '0e', '2:1b', '2:1e', '2:1w')).toEqual([]);
  });

  it.each([
    ['the loss of a step', ['2:0b', '2:0e', '2:0w'], 'it ended at step 1'],
    ['another order', ['2:1b', '2:1e', '2:1w'], 'step 1 ran before step 0 had ended'],
    ['a repetition', ['0b', '0e', '0w', '2:0b', '2:0e', '2:0w', '2:1b', '2:1e', '2:1w'], 'step 0 ran again although'],
    ['one without need', ['2:0b', '3:0b', '3:0e', '3:0w', '3:1b', '3:1e', '3:1w'], 'step 0 ran again, in 3, though 2'],
    ['a leap', ['0b', '2:1b', '2:1e', '2:1w'], 'step 1 ran before step 0 had ended'],
  ])('finds %s', (_, lines, fault) => {
    expect(of(...lines)[0]).toContain(fault);
  });
});
