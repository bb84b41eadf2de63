import { describe, expect, it, jest } from '@jest/globals';
import type { TaskInterceptor } from '../tasks/task-interceptor.js';
import { Wrapping } from './wrapping.js';

const interceptor: TaskInterceptor = { intercept: (_, next) => next() };

describe('the interceptors of an application', () => {
  it('are none, and nothing waits for them, where nobody says how they are made', async () => {
    const wrapping = new Wrapping();
    const use = jest.fn();
    expect(wrapping.isAwaited).toBe(false);
    await wrapping.make(use);
    expect(use).not.toHaveBeenCalled();
  });

  it('are made once, and used before what was held starts, in order', async () => {
    const wrapping = new Wrapping();
    const seen: unknown[] = [];
    const makeInterceptors = jest.fn(() => Promise.resolve([interceptor]));
    wrapping.await(makeInterceptors);
    wrapping.hold(() => seen.push('first', wrapping.isAwaited));
    wrapping.hold(() => seen.push('second'));
    expect(wrapping.isAwaited).toBe(true);
    await wrapping.make((interceptors) => void seen.push(interceptors));
    await wrapping.make((interceptors) => void seen.push(interceptors));
    expect(seen).toEqual([[interceptor], 'first', false, 'second']);
    expect(makeInterceptors).toHaveBeenCalledTimes(1);
  });

  it('start nothing where they cannot be made', async () => {
    const wrapping = new Wrapping();
    const start = jest.fn();
    wrapping.await(() => Promise.reject(new Error('no Clock')));
    wrapping.hold(start);
    await expect(wrapping.make(() => undefined)).rejects.toThrow('no Clock');
    expect(start).not.toHaveBeenCalled();
  });
});
