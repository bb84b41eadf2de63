import { describe, expect, it } from '@jest/globals';
import { nearest } from './nearest.js';

describe('the nearest word', () => {
  const known = ['onFailure', 'concurrency', 'maxPending', 'shutdownTimeout', 'retries', 'timeout', 'a'];

  it.each([
    ['onfailure', 'onFailure'],
    ['concurency', 'concurrency'],
    ['maxPendings', 'maxPending'],
    ['retry', 'retries'],
    ['timeOut', 'timeout'],
    ['timeoutMs', 'timeout'],
    ['tiemout', 'timeout'],
  ])('to %s is %s', (word, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it.each(['', 'x', 'forever', 'priority'])('to "%s" is none', (word) => {
    expect(nearest(word, known)).toBeUndefined();
  });

  it('is the nearest of several', () => {
    expect(nearest('tasks', ['tusks', 'tasks', 'task'])).toBe('tasks');
    expect(nearest('taskz', ['tusks', 'tasks', 'masks'])).toBe('tasks');
  });
});
