import { describe, expect, it } from '@jest/globals';
import {
  answered,
  dashedIn,
  duration,
  resultOf,
  sentenceOf,
  summaryOf,
  timeOfDay,
} from '../../../libs/background-tasks/page/wording.js';
import { batchOf, taskOf } from './batches.js';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [-1, '0 ms'],
    [0.04, '0 ms'],
    [0.44, '0.4 ms'],
    [5, '5 ms'],
    [9.94, '9.9 ms'],
    [9.96, '10 ms'],
    [999, '999 ms'],
    [999.6, '1 s'],
    [1_250, '1.3 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [125_000, '2 min 5 s'],
    [7_200_000, '120 min 0 s'],
  ])('of %d is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});

describe('the time of day', () => {
  it('is that of here', () => {
    expect(timeOfDay(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('03:04:05');
  });
});

/** Nothing of its end is known. */
const awaited = { endedAt: undefined, settledAt: undefined, finishedAt: undefined };

describe('the line of a batch', () => {
  const failed = taskOf('store', 'failed');
  const done = taskOf('audit', 'done');
  const skipped = taskOf('send', 'skipped');

  it.each([
    ['what failed', { tasks: [done, failed, skipped], done: 1, failed: 1, skipped: 1 }, '✕', 'store failed, 1 skipped'],
    ['how many failed', { tasks: [failed, failed, failed], failed: 3 }, '✕', 'store and 2 more failed'],
    ['that what is not shown failed', { tasks: [done], more: 5, done: 1, failed: 2 }, '✕', '2 failed'],
    ['what runs', { tasks: [done, taskOf('send', 'running')], done: 1 }, '▶', 'send runs'],
    ['what is tried again', { tasks: [taskOf('send', 'retrying')] }, '▶', 'send tries again'],
    ['what waits', { finishedAt: undefined, tasks: [done, taskOf('send', 'waiting')], done: 1 }, '…', '1 waiting'],
    ['that nothing waits where others have begun', { tasks: [done], more: 2, done: 1 }, '✓', '1 of 3 done'],
    ['what was handed over', { tasks: [taskOf('send', 'stored')] }, '→', '1 handed over'],
    ['that nothing ran', { tasks: [skipped, skipped], skipped: 2 }, '⊘', '2 skipped'],
    ['that all is done', { tasks: [done, done], done: 2 }, '✓', '2 of 2 done'],
    ['that some is done', { tasks: [done, skipped], done: 1, skipped: 1 }, '✓', '1 of 2 done, 1 skipped'],
    ['what took several attempts', { tasks: [taskOf('a', 'done', 3)], done: 1 }, '✓', '1 of 1 done, 2 retries'],
    ['what took one more', { tasks: [taskOf('a', 'done', 2)], done: 1 }, '✓', '1 of 1 done, 1 retry'],
    ['of many', { tasks: [done], more: 1_999, done: 2_000 }, '✓', '2,000 of 2,000 done'],
  ])('says %s', (_, batch, mark, text) => {
    expect(summaryOf(batchOf(batch))).toMatchObject({ mark, text });
  });

  it.each([
    ['answered', {}, 'answered in 10 ms'],
    ['left', { aborted: true }, 'left after 10 ms'],
    ['not answered', { ...awaited, tasks: [taskOf('a', 'waiting')] }, 'not answered yet'],
    ['unknown', { endedAt: undefined }, ''],
    ['unknown, as a worker has it', awaited, ''],
    ['without a response', { source: { kind: 'scope', name: 'scope' } }, 'no response'],
  ])('says when the client had its response: %s', (_, batch, text) => {
    expect(answered(batchOf(batch))).toBe(text);
  });
});

describe('the sentence about a batch', () => {
  const words = (batch: Parameters<typeof batchOf>[0], to: number): string =>
    sentenceOf(batchOf(batch), 1_000 + to)
      .map((part) => (typeof part === 'string' ? part : `*${part.strong}*`))
      .join('');

  it.each([
    ['all over', {}, 'The client waited *10 ms* and got 201. *30 ms* of work came after.'],
    ['without a status', { status: undefined }, 'The client waited *10 ms*. *30 ms* of work came after.'],
    ['left', { aborted: true }, 'The client left after *10 ms*. *30 ms* of work came after.'],
    ['at work', { tasks: [taskOf('a', 'running')] }, 'The client waited *10 ms* and got 201. *30 ms* of work so far.'],
    ['skipped', { tasks: [taskOf('a', 'skipped')] }, 'The client waited *10 ms* and got 201. No work has come after.'],
    ['waiting', { ...awaited, tasks: [taskOf('a', 'waiting')] }, 'The response is not over yet.'],
    ['of elsewhere', { endedAt: undefined }, '*30 ms* of work came after.'],
    ['of elsewhere, as a worker has it', { ...awaited, startedAt: undefined }, '*35 ms* of work came after.'],
    [
      'without a response',
      { source: { kind: 'scope', name: 'scope' } },
      'No response waited for this. *30 ms* of work came after.',
    ],
  ])('is made of what is known: %s', (_, batch, text) => {
    expect(words(batch, 40)).toBe(text);
  });
});

describe('the dashed line', () => {
  it.each([
    ['the response was sent', {}],
    ['the client left', { aborted: true }],
  ])('is where %s', (text, batch) => {
    expect(dashedIn(batchOf(batch))).toBe(text);
  });
});

describe('the result of a task', () => {
  it.each([
    [{ state: 'done' as const }, '✓ done'],
    [{ state: 'skipped' as const, reason: 'failure' }, '⊘ skipped: a task before it failed'],
    [{ state: 'skipped' as const, reason: 'outcome' }, '⊘ skipped: the response ended otherwise'],
    [{ state: 'skipped' as const, reason: 'something new' }, '⊘ skipped: something new'],
    [{ state: 'retrying' as const }, '↻ tries again'],
  ])('of %p is %s', (task, text) => {
    expect(resultOf(task)).toBe(text);
  });
});
