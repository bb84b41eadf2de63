import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { traceOf, type TraceEvent } from './trace.js';
import type { BatchView, TaskView } from './view.js';

const first: TaskView = {
  name: 'one',
  index: 0,
  state: 'done',
  addedAt: 1_700_000_000_005,
  attempts: [{ startedAt: 1_700_000_000_011, endedAt: 1_700_000_000_020 }],
};

const batch: BatchView = {
  id: 'b',
  source: { kind: 'http', name: 'POST /reports', handler: 'Reports.order' },
  status: 202,
  outcome: 'success',
  aborted: false,
  addedAt: 1_700_000_000_005,
  startedAt: 1_700_000_000_000,
  handlerEndedAt: 1_700_000_000_009,
  endedAt: 1_700_000_000_010,
  settledAt: 1_700_000_000_010,
  finishedAt: 1_700_000_000_030,
  tasks: [
    first,
    {
      name: 'two',
      index: 1,
      state: 'failed',
      addedAt: 1_700_000_000_006,
      attempts: [{ startedAt: 1_700_000_000_020, endedAt: 1_700_000_000_030, error: { message: 'Error: boom' } }],
    },
    { name: 'three', index: 2, state: 'skipped', addedAt: 1_700_000_000_007, attempts: [], reason: 'failure' },
  ],
  more: 0,
  done: 1,
  failed: 1,
  skipped: 1,
};

const slices = ({ traceEvents }: { readonly traceEvents: readonly TraceEvent[] }, tid?: number) =>
  traceEvents.filter((event) => event.ph === 'X' && (tid === undefined || event.tid === tid));

const spansOf = (events: readonly TraceEvent[]) => events.map(({ name, ts, dur }) => [name, ts, dur]);

describe('the trace of a batch', () => {
  it('has the response around its handler', () => {
    expect(spansOf(slices(traceOf(batch), 1))).toEqual([
      ['POST /reports', 0, 10_000],
      ['Reports.order', 0, 9_000],
    ]);
  });

  it('has the handler around the response, where that was over first', () => {
    const [outer, inner] = slices(traceOf({ ...batch, endedAt: 1_700_000_000_008 }), 1);
    expect([outer?.name, inner?.name]).toEqual(['Reports.order', 'POST /reports']);
  });

  it('has what ran on one track, each attempt with its error', () => {
    const runs = slices(traceOf(batch), 2);
    expect(spansOf(runs)).toEqual([
      ['one', 11_000, 9_000],
      ['two', 20_000, 10_000],
    ]);
    expect(runs[1]?.args).toEqual({ attempt: 1, state: 'failed', error: 'Error: boom' });
  });

  it('has waits from when the tasks could run', () => {
    expect(spansOf(slices(traceOf(batch), 3))).toEqual([
      ['one', 10_000, 1_000],
      ['two', 10_000, 10_000],
    ]);
  });

  it('leads from where a task was added to where it ran', () => {
    const flows = traceOf(batch).traceEvents.filter(({ ph }) => ph === 's' || ph === 'f');
    expect(flows.map(({ ph, id, tid, ts }) => [ph, id, tid, ts])).toEqual([
      ['s', 'b/0', 1, 5_000],
      ['f', 'b/0', 2, 11_000],
      ['s', 'b/1', 1, 6_000],
      ['f', 'b/1', 2, 20_000],
    ]);
  });

  it('can be had of one without a request, and of one that is not over', () => {
    const { id, addedAt, more, done, failed, skipped } = batch;
    const running = { ...first, attempts: [{ startedAt: addedAt + 1 }] };
    const trace = traceOf({ id, addedAt, tasks: [running], more, done, failed, skipped });
    expect(spansOf(slices(trace))).toEqual([
      ['one', 1_000, 0],
      ['one', 0, 1_000],
    ]);
  });

  it('nests on every track, whatever was added when', () => {
    const time = fc.double({ min: 0, max: 100, noNaN: true });
    const task = fc.record({ addedAt: time, waited: time });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 20 }), time, (tasks, settledAt) => {
        const of = tasks.map(({ addedAt, waited }, index) => {
          const startedAt = Math.max(addedAt, settledAt) + waited;
          return { ...first, index, addedAt, attempts: [{ startedAt, endedAt: startedAt }] };
        });
        expectNesting(slices(traceOf({ ...batch, addedAt: 0, startedAt: 0, settledAt, tasks: of })));
      }),
    );
  });
});

/** To the nanosecond, as viewers read it. */
function expectNesting(events: readonly TraceEvent[]): void {
  const nanos = (micros = 0): number => Math.round(micros * 1000);
  const spans = events.map(({ tid, ts, dur = 0 }) => ({ tid, from: nanos(ts), to: nanos(ts) + nanos(dur) }));
  for (const one of spans) {
    const crossing = spans.filter(
      (other) => other.tid === one.tid && one.from < other.from && other.from < one.to && one.to < other.to,
    );
    expect(crossing).toEqual([]);
  }
}
