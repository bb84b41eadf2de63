import { describe, expect, it } from '@jest/globals';
import { readBatch } from './read-batch.js';

const step = { name: 'a', args: [1], outcome: 'success' };
const batch = { v: 1, id: 'id', steps: [step], carry: { a: 'b' } };

describe('what is found in a store', () => {
  it.each<[string, object]>([
    ['as it was stored', batch],
    ['for a failure', { ...batch, steps: [{ ...step, outcome: 'failure' }] }],
    ['with a place', { ...batch, steps: [{ ...step, index: 3 }] }],
    ['with a label and limits', { ...batch, steps: [{ ...step, label: 'b', timeout: 5, retries: 0 }] }],
    ['without limits', { ...batch, steps: [{ ...step, timeout: null, retries: null }] }],
    ['with numbers', { ...batch, steps: [{ ...step, retries: { retries: 2, randomize: false, maxTimeout: null } }] }],
    ['with nothing carried', { ...batch, carry: {} }],
  ])('is a batch %s', (_, found) => {
    expect(readBatch(found)).toEqual({ type: 'known', batch: found });
  });

  it('is a batch without what else is there', () => {
    expect(readBatch({ ...batch, more: 1 })).toEqual({ type: 'known', batch });
  });

  it('is of another version, whatever else it has', () => {
    expect(readBatch({ v: 2 })).toEqual({ type: 'unknown version', version: 2 });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a list', [batch]],
    ['no version', { ...batch, v: '1' }],
    ['no id', { ...batch, id: 1 }],
    ['no steps', { ...batch, steps: [] }],
    ['steps that are no list', { ...batch, steps: {} }],
    ['a step that is none', { ...batch, steps: [step, null] }],
    ['a step without a name', { ...batch, steps: [{ ...step, name: 1 }] }],
    ['arguments that are no list', { ...batch, steps: [{ ...step, args: { length: 1 } }] }],
    ['no outcome', { ...batch, steps: [{ ...step, outcome: 'always' }] }],
    ['a place that is none', { ...batch, steps: [{ ...step, index: -1 }] }],
    ['a label that is no text', { ...batch, steps: [{ ...step, label: 1 }] }],
    ['a timeout that is no number', { ...batch, steps: [{ ...step, timeout: '5' }] }],
    ['a timeout below 0', { ...batch, steps: [{ ...step, timeout: -1 }] }],
    ['retries that are no number', { ...batch, steps: [{ ...step, retries: '5' }] }],
    ['numbers that are none', { ...batch, steps: [{ ...step, retries: { factor: 'two' } }] }],
    ['numbers one of which is none', { ...batch, steps: [{ ...step, retries: { retries: 1, factor: 'two' } }] }],
    ['a list of numbers', { ...batch, steps: [{ ...step, retries: [1] }] }],
    ['carry that is no object', { ...batch, carry: [] }],
    ['carry that is no text', { ...batch, carry: { a: 1 } }],
  ])('is none of this library: %s', (_, found) => {
    expect(readBatch(found)).toEqual({ type: 'foreign' });
  });
});
