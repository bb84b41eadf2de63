import { describe, expect, it } from '@jest/globals';
import { bytesOf, copied } from './copied-text.js';
import { keptError } from './kept-error.js';

describe('a copied text', () => {
  it.each([
    ['short', 'short'],
    ['x'.repeat(10), 'x'.repeat(10)],
    ['x'.repeat(11), `${'x'.repeat(7)}...`],
    ['€'.repeat(11), `${'€'.repeat(7)}...`],
    // half of a pair is no character
    ['xxxxxx😀😀😀', 'xxxxxx\ufffd...'],
    ['\ud800', '\ufffd'],
  ])('of "%s" has no more than ten characters', (text, copy) => {
    expect(copied(text, 10)).toBe(copy);
  });

  it.each([
    ['plain', 5],
    ['naïve', 5],
    ['10 €', 8],
    ['', 0],
  ])('of "%s" takes %d bytes', (text, bytes) => {
    expect(bytesOf(text)).toBe(bytes);
  });
});

describe('a kept error', () => {
  const same = (text: string): string => text;

  it('is cut', () => {
    const error = new Error('m'.repeat(1_000_000));
    error.stack = `Error\n    at ${'s'.repeat(1_000_000)}`;
    const { message, stack } = keptError(error, same);
    expect(message.length).toBeLessThanOrEqual(2_000);
    expect(stack).toHaveLength(4_000);
  });

  it('is redacted before it is cut, and not at all shown where that fails', () => {
    const secret = `${'x'.repeat(990)} password`;
    expect(keptError(new Error(secret), (text) => text.replaceAll('password', '?')).message).not.toContain('pass');
    for (const redact of [() => undefined as never, () => ({}) as never, () => JSON.parse('') as never]) {
      expect(keptError(new Error(secret), redact).message).toBe('(not shown: `redact` threw, or returned no string)');
    }
  });

  it.each([985, 990, 995, 1_985, 1_995, 3_985, 3_995, 19_995])(
    'has no piece of a secret that is %d characters in it',
    (before) => {
      const card = '§§§§ §§§§ §§§§ §§§§';
      const redact = (text: string): string => text.replaceAll(/§{4} §{4} §{4} §{4}/g, '?');
      const error = new Error(`${'x'.repeat(before)} ${card} ${'y'.repeat(10_000)}`);
      const cause = new Error(`${'z'.repeat(before)} ${card}`, { cause: error });
      for (const thrown of [error, cause]) expect(JSON.stringify(keptError(thrown, redact))).not.toContain('§');
    },
  );

  it.each<[string, unknown, string]>([
    ['null', null, '`null` (null)'],
    ['a text', 'boom', "`'boom'` (string)"],
    ['what has no stack', { name: 'E', message: 'm', stack: 1 }, 'E: m'],
  ])('is a text of %s', (_, thrown, message) => {
    expect(keptError(thrown, same)).toEqual({ message });
  });
});
