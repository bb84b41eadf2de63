import { expect } from '@jest/globals';
import type { Running } from '../../harness/application.js';
import { scene } from './current-scene.js';

interface Expected {
  readonly outcome: 'success' | 'failure';
  readonly aborted?: boolean;
  readonly store?: string;
  /** What has to have happened before the first task starts, beside the end of the response. */
  readonly after?: string[];
}

/** Each task once, in order, in the context of its adder, knowing how the response ended, and not too early. */
export async function expectTasksRan({ runner }: Running, expected: Expected): Promise<void> {
  await runner.idle();
  const { timeline, seen } = scene();
  expect(timeline.of('task ')).toEqual(['first', 'second']);
  const { outcome, aborted = false, store = 'the adder' } = expected;
  expect(seen).toEqual([
    { outcome, aborted, store },
    { outcome, aborted, store },
  ]);
  const first = timeline.indexOf('task first');
  expect(timeline.indexOf('finish', 'close', 'socket close')).toBeLessThan(first);
  for (const event of expected.after ?? []) {
    expect(timeline.events.slice(0, first)).toContain(event);
  }
}

/** Nothing has run, although everything that could have made it run too early had its chance. */
export async function expectNoTaskYet(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(scene().timeline.of('task ')).toEqual([]);
}

export const handlerSettled = ['handler settled'];
