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

describe('a queue from which values are removed', () => {
  it('passes over them, wherever they stood', () => {
    const queue = new Queue<number>();
    [1, 2, 3, 4, 5].forEach((value) => queue.add(value));
    [1, 3, 5].forEach((value) => queue.remove(value));
    expect([queue.size, [...queue]]).toEqual([2, [2, 4]]);
    queue.add(6);
    expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([2, 4, 6, undefined]);
    expect(queue.size).toBe(0);
  });

  it('can be filled again when all were', () => {
    const queue = new Queue<number>();
    queue.add(1);
    queue.remove(1);
    expect([queue.size, queue.take()]).toEqual([0, undefined]);
    queue.add(1);
    expect([[...queue], queue.take()]).toEqual([[1], 1]);
  });

  it('ends with one that was', () => {
    const queue = new Queue<number>();
    [1, 2, 3].forEach((value) => queue.add(value));
    queue.remove(3);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([1, 2, undefined]);
    queue.add(4);
    expect([queue.take(), queue.take()]).toEqual([4, undefined]);
  });

  it('shows to whoever looks through it none that was removed, or taken, before they came to it', () => {
    const queue = new Queue<number>();
    [1, 2, 3, 4, 5, 6].forEach((value) => queue.add(value));
    queue.remove(6);
    const shown: number[] = [];
    for (const value of queue) {
      shown.push(value);
      queue.remove(value);
      if (value === 3) queue.take();
    }
    expect([shown, queue.size]).toEqual([[1, 2, 3, 5], 0]);
    queue.add(7);
    expect([...queue]).toEqual([7]);
  });

  it('keeps its order however many they are', () => {
    const queue = new Queue<number>();
    for (let value = 0; value < 1_000; value++) {
      queue.add(value);
      if (value % 10 > 0) queue.remove(value);
    }
    expect([queue.size, [...queue].slice(0, 3), queue.take(), queue.take()]).toEqual([100, [0, 10, 20], 0, 10]);
  });
});
