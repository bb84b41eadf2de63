import { describe, expect, it } from '@jest/globals';
import { oneLine } from './one-line.js';

describe('oneLine', () => {
  it.each(['Mailer.send', 'naïve 👍🏽', `back\\slash "quoted"`, 'x'.repeat(200)])('leaves %j as it is', (text) => {
    expect(oneLine(text)).toBe(text);
  });

  it.each([
    ['a\nb', 'a\\u000ab'],
    ['\r\n', '\\u000d\\u000a'],
    ['red \u001b[31m', 'red \\u001b[31m'],
    ['\u0000\u007f\u0085\u009f\u2028\u2029', '\\u0000\\u007f\\u0085\\u009f\\u2028\\u2029'],
  ])('escapes what is no part of a line: %j', (text, escaped) => {
    expect(oneLine(text)).toBe(escaped);
  });

  it('cuts what is too long, and says so', () => {
    expect(oneLine('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(oneLine(`${'x'.repeat(100)}\n`.repeat(2000))).toHaveLength(200);
    expect(oneLine('\n'.repeat(199))).toBe(`${'\\u000a'.repeat(34).slice(0, 199)}…`);
  });

  it('cuts no character in two', () => {
    expect(oneLine(`${'x'.repeat(198)}👍👍`)).toBe(`${'x'.repeat(198)}…`);
  });

  it('leaves what it has made as it is', () => {
    const made = oneLine('a\nb'.repeat(100));
    expect(oneLine(made)).toBe(made);
  });
});
