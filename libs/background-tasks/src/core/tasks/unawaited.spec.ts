import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { leaveUnawaited } from './unawaited.js';

/** One whose `then` cannot be called. */
class Hostile extends Promise<void> {
  static override get [Symbol.species](): never {
    throw new Error('no species');
  }
}

const boom = new Error('boom');

describe('what is left unawaited', () => {
  // a rejection that nobody handles ends the process of a spec
  it('may reject: now, later, and in a list', async () => {
    const refuse = jest.fn<(reject: (error: Error) => void) => void>();
    const later = new Promise((_, reject) => refuse(reject));
    leaveUnawaited([Promise.reject(boom), 'send', later, null, [Promise.reject(boom)]]);
    refuse.mock.calls[0]?.[0](boom);
    await setImmediate();
    await expect(later).rejects.toBe(boom);
  });

  it('is not begun: a query begins when its `then` is called', () => {
    const then = jest.fn();
    // eslint-disable-next-line unicorn/no-thenable -- as query builders have it
    leaveUnawaited([Object.assign(Promise.resolve(), { then }), { then }]);
    expect(then).not.toHaveBeenCalled();
  });

  it('throws nothing, whatever it is', () => {
    const revocable = Proxy.revocable({}, {});
    revocable.revoke();
    expect(() => leaveUnawaited([new Hostile((resolve) => resolve()), revocable.proxy])).not.toThrow();
  });
});
