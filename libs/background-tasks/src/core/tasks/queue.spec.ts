import { describe, expect, it } from '@jest/globals';
import { Queue } from './queue.js';

describe('a queue', () => {
  it('gives back what it took, first in, first out', () => {
    const queue = new Queue<number>();
    queue.add(1);
    queue.add(2);
    expect(queue.take()).toBe(1);
    queue.add(3);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([2, 3, undefined]);
  });

  it('can be filled again after it was empty', () => {
    const queue = new Queue<number>();
    queue.add(1);
    queue.take();
    queue.add(2);
    expect([...queue]).toEqual([2]);
    expect(queue.take()).toBe(2);
  });

  it('knows its size, and shows its values without taking them', () => {
    const queue = new Queue<string>();
    expect(queue.size).toBe(0);
    queue.add('a');
    queue.add('b');
    expect([...queue]).toEqual(['a', 'b']);
    expect(queue.size).toBe(2);
    queue.take();
    expect(queue.size).toBe(1);
  });
});
