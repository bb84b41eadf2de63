import { describe, expect, it } from '@jest/globals';
import { choiceFrom, queryOf, select } from '../../../libs/background-tasks/page/selection.js';
import { batchOf, taskOf } from './batches.js';

const all = { find: '', show: 'everything', isPaused: false } as const;

describe('what is chosen', () => {
  it.each([
    ['', all],
    ['?find=mail', { ...all, find: 'mail' }],
    ['?find=a%26b&show=failures', { ...all, find: 'a&b', show: 'failures' as const }],
    ['?show=running&paused', { ...all, show: 'running' as const, isPaused: true }],
  ])('is in the address, and comes from it: "%s"', (query, choice) => {
    expect(choiceFrom(query)).toEqual(choice);
    expect(queryOf(choice)).toBe(query);
  });

  it('is everything where the address says what is not there', () => {
    expect(choiceFrom('?show=nothing&more=1')).toEqual(all);
  });
});

describe('what is listed', () => {
  const batches = [
    batchOf({
      id: 'old',
      source: { kind: 'http', name: 'GET /old' },
      tasks: [taskOf('Mailer.send', 'failed')],
      failed: 1,
    }),
    batchOf({ id: 'new', finishedAt: undefined }),
  ];
  const idsOf = (choice: Partial<typeof all>): string[] => select(batches, { ...all, ...choice }).map(({ id }) => id);

  it('is the latest first', () => {
    expect(idsOf({})).toEqual(['new', 'old']);
  });

  it.each([
    ['mailer.SEND', ['old']],
    [' /old ', ['old']],
    ['users.sign', ['new']],
    ['nothing', []],
  ])('is what has "%s" in its route, its handler or a task', (find, ids) => {
    expect(idsOf({ find: find as '' })).toEqual(ids);
  });

  it('is what failed, or what is not finished', () => {
    expect(idsOf({ show: 'failures' as 'everything' })).toEqual(['old']);
    expect(idsOf({ show: 'running' as 'everything' })).toEqual(['new']);
  });
});
