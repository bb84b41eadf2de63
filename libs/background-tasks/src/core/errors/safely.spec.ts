import { describe, expect, it } from '@jest/globals';
import { lookAt, safely } from './safely.js';

const boom = new Error('boom');

function explode(): never {
  throw boom;
}

describe('a look at what users made', () => {
  it('finds what is there', () => {
    expect(lookAt<string>(() => 'found', 'otherwise')).toBe('found');
  });

  it('finds something else where looking throws', () => {
    expect(lookAt<string>(explode, 'otherwise')).toBe('otherwise');
  });
});

/** An object whose `then` is `then`. */
function withThen(then: PropertyDescriptor): object {
  // eslint-disable-next-line unicorn/no-thenable -- the case under test
  return Object.defineProperty({}, 'then', then);
}

describe('a call of what users wrote', () => {
  async function reportedBy(call: () => unknown): Promise<unknown[]> {
    const reported: unknown[] = [];
    safely(call, (thrown) => reported.push(thrown));
    await new Promise((resolve) => setImmediate(resolve));
    return reported;
  }

  it.each<[string, () => unknown, unknown[]]>([
    ['returns', () => 'fine', []],
    ['throws', explode, [boom]],
    [
      'throws undefined',
      () => {
        throw undefined as unknown;
      },
      [undefined],
    ],
    ['resolves', async () => 'fine', []],
    ['rejects', async () => explode(), [boom]],
    ['returns null', () => null, []],
    ['returns what is no promise', () => withThen({ value: 'later' }), []],
    ['returns what cannot be looked at', () => withThen({ get: explode }), [boom]],
  ])('is reported where it fails: it %s', async (_, call, reported) => {
    expect(await reportedBy(call)).toEqual(reported);
  });
});
