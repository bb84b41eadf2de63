import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { isErrorLike, stackOf, summaryOf } from './error-text.js';

function explode(): never {
  throw new Error('on purpose');
}

/** An error one of whose fields cannot be read. */
function errorWithout(field: string): Error {
  return Object.defineProperty(new RangeError('boom'), field, { get: explode });
}

function without(field: string): unknown {
  const error = new Error('boom');
  return Object.defineProperty(error, field, { value: undefined });
}

const hostile = new Proxy({}, new Proxy({}, { get: () => explode }));

describe('what has the shape of an error', () => {
  it.each<[string, unknown, boolean]>([
    ['an error', new TypeError('boom'), true],
    ['an error of another realm', runInNewContext('new Error("boom")'), true],
    ['an object with a message and no stack', { message: 'boom' }, false],
    ['an object with a stack and no message', { stack: 'here' }, false],
    ['a function that looks like an error', Object.assign(() => undefined, { message: '', stack: '' }), false],
    ['a string', 'boom', false],
    ['null', null, false],
    ['nothing', undefined, false],
    ['a proxy that refuses everything', hostile, false],
  ])('%s: %s', (_, value, isShown) => {
    expect(isErrorLike(value)).toBe(isShown);
  });
});

describe('the summary of what was thrown', () => {
  it.each<[string, unknown, string]>([
    ['an error', new RangeError('boom'), 'RangeError: boom'],
    ['an error without a message', new RangeError(), 'RangeError'],
    ['an error without a name', without('name'), 'Error: boom'],
    ['a string', 'boom', "`'boom'` (string)"],
    ['nothing', undefined, '`undefined` (undefined)'],
    ['a message with more than one line', new Error('one\ntwo'), String.raw`Error: one\ntwo`],
    ['a huge message', new Error('x'.repeat(5000)), `Error: ${'x'.repeat(993)}… (5007 characters)`],
    ['a cause', new Error('outer', { cause: new TypeError('inner') }), 'Error: outer, caused by TypeError: inner'],
    ['a cause that is no error', new Error('outer', { cause: 7 }), 'Error: outer, caused by `7` (number)'],
    [
      'several errors',
      new AggregateError([new Error('a'), 'b', new TypeError('c')], 'all'),
      'AggregateError: all (Error: a; TypeError: c)',
    ],
    ['no name to be read', errorWithout('name'), 'Error: boom'],
    ['no message to be read', errorWithout('message'), 'RangeError'],
    ['no stack to be read', errorWithout('stack'), 'RangeError: boom'],
    ['no cause to be read', errorWithout('cause'), 'RangeError: boom'],
    ['no errors to be read', errorWithout('errors'), 'RangeError: boom'],
    ['no way to inspect it', Object.assign(new Error('boom'), { [inspect.custom]: explode }), 'Error: boom'],
    ['no way to make a text of it', Object.assign(new Error('boom'), { toString: explode }), 'Error: boom'],
    // Node itself does not call its traps, and says so from version 26 on
    ['a proxy that refuses everything', hostile, `\`${inspect(hostile)}\` (object)`],
  ])('names it: %s', (_, thrown, summary) => {
    expect(summaryOf(thrown)).toBe(summary);
  });

  it('comes to an end where causes do not', () => {
    const error = new Error('round');
    error.cause = new Error('and round', { cause: error });
    expect(summaryOf(error)).toBe('Error: round, caused by Error: and round');
    let deep = new Error('0');
    for (let depth = 1; depth < 20; depth++) deep = new Error(String(depth), { cause: deep });
    expect(summaryOf(deep)).toMatch(/^Error: 19, caused by .* Error: 14$/);
  });
});

describe('the stack of what was thrown', () => {
  it('is its own', () => {
    const error = new RangeError('boom');
    expect(stackOf(error)).toBe(error.stack);
  });

  it('is followed by those of its causes, and of its first errors', () => {
    const inner = new TypeError('inner');
    const one = new Error('one');
    expect(stackOf(new Error('outer', { cause: inner }))).toContain(`\nCaused by: ${inner.stack}`);
    expect(stackOf(new AggregateError([one, 'two']))).toContain(`\nOne of its errors: ${one.stack}`);
    expect(stackOf(new Error('outer', { cause: 'too late' }))).toMatch(/\nCaused by: `'too late'` \(string\)$/);
  });

  it('begins with the message that it does not have, as of an error whose message has changed', () => {
    const error = Object.assign(new Error('before'), { stack: 'Error: before\n    at once:1:1' });
    error.message = 'after';
    expect(stackOf(error)).toBe('Error: after\nError: before\n    at once:1:1');
  });

  it('keeps its lines where the message is long', () => {
    const message = `$& ${'x'.repeat(1_000_000)}`;
    const error = Object.assign(new Error(message), { stack: `Error: ${message}\n    at once:1:1` });
    expect(stackOf(error)).toBe(`Error: $& ${'x'.repeat(997)}… (1000003 characters)\n    at once:1:1`);
  });

  it('is bounded', () => {
    const stack = `Error\n    at once:1:1\n${'x'.repeat(1_000_000)}`;
    expect(stackOf(Object.assign(new Error(), { stack }))?.length).toBeLessThan(21_000);
  });

  it.each<[string, unknown]>([
    ['no error', 'boom'],
    ['an error without a stack', without('stack')],
    ['an error whose stack cannot be read', errorWithout('stack')],
    ['a stack without a line', Object.assign(new Error('boom'), { stack: 'Error: boom' })],
    ['a proxy that refuses everything', hostile],
  ])('is none where it says no more than the summary: %s', (_, thrown) => {
    expect(stackOf(thrown)).toBeUndefined();
  });
});
