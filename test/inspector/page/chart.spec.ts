import { describe, expect, it } from '@jest/globals';
import { lineBars, scaleOf, taskBars } from '../../../libs/background-tasks/page/chart.js';
import { ran, waited } from '../../../libs/background-tasks/page/times.js';
import { batchOf, taskOf } from './batches.js';

describe('the chart of a batch', () => {
  it('is from its request to the end of its work, with the response in it', () => {
    const batch = batchOf();
    const scale = scaleOf(batch, 5_000);
    expect(scale).toEqual({ from: 1_000, to: 1_020, sent: 50 });
    expect(lineBars(batch, scale)).toEqual([
      { kind: 'response', x: 0, width: 50 },
      { kind: 'handler', x: 0, width: 40 },
      { kind: 'run', x: 50, width: 50 },
    ]);
  });

  it('grows with the time while something runs', () => {
    const batch = batchOf({ tasks: [taskOf('send', 'running')] });
    const scale = scaleOf(batch, 1_100);
    expect(scale.to).toBe(1_100);
    expect(lineBars(batch, scale).at(-1)).toEqual({ kind: 'running', x: 10, width: 90 });
  });

  it('grows with the time until the next attempt, unless an engine makes that, and maybe elsewhere', () => {
    const tasks = [taskOf('send', 'retrying')];
    expect(scaleOf(batchOf({ tasks, finishedAt: undefined }), 1_100).to).toBe(1_100);
    expect(scaleOf(batchOf({ tasks }), 1_100).to).toBe(1_020);
  });

  it('shows waits, failures, and the gaps between attempts', () => {
    const task = taskOf('send', 'done', 2);
    const batch = batchOf({ tasks: [task] });
    expect(taskBars(task, batch, scaleOf(batch, 0)).map(({ kind, x, width }) => [kind, x, width])).toEqual([
      ['wait', 25, 50],
      ['failed', 25, 25],
      ['run', 75, 25],
    ]);
    expect(lineBars(batch, scaleOf(batch, 0)).map(({ kind }) => kind)).toEqual([
      'response',
      'handler',
      'wait',
      'failed',
      'run',
    ]);
  });

  it('has no response for what had none', () => {
    const batch = batchOf({ source: { kind: 'scope', name: 'scope' } });
    const scale = scaleOf(batch, 0);
    expect(scale.sent).toBeUndefined();
    expect(lineBars(batch, scale).map(({ kind }) => kind)).toEqual(['handler', 'run']);
  });

  it('shows all that happened, however short, and nothing beyond its width', () => {
    const short = { ...taskOf('send', 'done'), attempts: [{ startedAt: 99_999, endedAt: 99_999 }] };
    const batch = batchOf({ tasks: [short] });
    for (const { x, width } of lineBars(batch, scaleOf(batch, 0))) {
      expect(width).toBeGreaterThanOrEqual(0.5);
      expect(x + width).toBeLessThanOrEqual(100);
    }
  });

  it('can be drawn of what took no time at all', () => {
    const batch = batchOf({ addedAt: 1, startedAt: 1, handlerEndedAt: 1, endedAt: 1, settledAt: 1, tasks: [] });
    expect(lineBars(batch, scaleOf(batch, 0)).every(({ x, width }) => Number.isFinite(x + width))).toBe(true);
  });
});

describe('the numbers of a task', () => {
  it('are how long it waited from when it could run, and how long its attempts took', () => {
    const task = taskOf('send', 'done', 2);
    expect([waited(task, batchOf()), ran(task, 0)]).toEqual([0, 20]);
    expect(waited(task, batchOf({ settledAt: 1_007 }))).toBe(3);
    expect(waited({ ...task, addedAt: 1_009 }, batchOf({ settledAt: 1_007 }))).toBe(1);
  });

  it('are none where it has not begun, and go on while it runs', () => {
    const waiting = taskOf('send', 'waiting');
    expect([waited(waiting, batchOf()), ran(waiting, 0)]).toEqual([undefined, undefined]);
    expect(ran(taskOf('send', 'running'), 1_050)).toBe(40);
  });

  it('are no wait where the first attempts are not known any more', () => {
    expect(waited({ ...taskOf('send', 'done', 2), earlier: 3 }, batchOf())).toBeUndefined();
  });
});
