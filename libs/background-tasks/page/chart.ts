import type { BatchView, TaskView } from '../src/inspector/view.js';
import { endOf, isGrowing, readyAt, startOf } from './times.js';

/** A bar of a chart: where it begins and how long it is, in percent of the width. */
export interface Bar {
  readonly kind: 'response' | 'handler' | 'run' | 'failed' | 'running' | 'wait';
  readonly x: number;
  readonly width: number;
}

/** What a batch is drawn by: one scale for its line and for its table. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Where the response was sent, in percent. */
  readonly sent: number | undefined;
}

/** The narrowest bar, in percent: one sees that there is something. */
const NARROWEST = 0.5;

/** `now` counts for what goes on. */
export function scaleOf(batch: BatchView, now: number): Scale {
  const from = startOf(batch);
  const to = Math.max(endOf(batch), isGrowing(batch) ? now : 0, from + 0.001);
  const sent = hasResponse(batch) ? percent(batch.endedAt, { from, to }) : undefined;
  return { from, to, sent };
}

/** Whether there is one, and it is over: `scope()` has none. */
function hasResponse(batch: BatchView): batch is BatchView & { endedAt: number } {
  return batch.endedAt !== undefined && batch.source?.kind !== 'scope';
}

/** The whole batch in one line. */
export function lineBars(batch: BatchView, scale: Scale): Bar[] {
  return [
    ...responseBars(batch, scale),
    ...batch.tasks.flatMap((task) => [...gapBars(task, scale), ...attemptBars(task, scale)]),
  ];
}

/** What leads from the first attempt to the last. */
function gapBars({ attempts }: TaskView, scale: Scale): Bar[] {
  const [first] = attempts;
  const last = attempts.at(-1);
  return first === last || !first || !last ? [] : [bar('wait', first.startedAt, last.startedAt, scale)];
}

export function responseBars(batch: BatchView, scale: Scale): Bar[] {
  const { startedAt, handlerEndedAt } = batch;
  if (startedAt === undefined) return [];
  const bars: Bar[] = [];
  if (hasResponse(batch)) bars.push(bar('response', startedAt, batch.endedAt, scale));
  if (handlerEndedAt !== undefined) bars.push(bar('handler', startedAt, handlerEndedAt, scale));
  return bars;
}

/** One task: its wait, its attempts, and the gaps between them. */
export function taskBars(task: TaskView, batch: BatchView, scale: Scale): Bar[] {
  const { attempts } = task;
  const until = attempts.at(-1)?.startedAt ?? (task.state === 'waiting' ? scale.to : undefined);
  const waits = until === undefined ? [] : [bar('wait', readyAt(task, batch), until, scale)];
  return [...waits, ...attemptBars(task, scale)];
}

export function attemptBars({ attempts }: TaskView, scale: Scale): Bar[] {
  return attempts.map(({ startedAt, endedAt, error }) => {
    if (endedAt === undefined) return bar('running', startedAt, scale.to, scale);
    return bar(error === undefined ? 'run' : 'failed', startedAt, endedAt, scale);
  });
}

function bar(kind: Bar['kind'], begin: number, end: number, scale: Scale): Bar {
  const x = Math.min(percent(begin, scale), 100 - NARROWEST);
  const width = Math.max(percent(end, scale) - x, NARROWEST);
  return { kind, x, width: Math.min(width, 100 - x) };
}

function percent(moment: number, { from, to }: Pick<Scale, 'from' | 'to'>): number {
  const share = ((moment - from) / (to - from)) * 100;
  return Math.round(Math.min(Math.max(share, 0), 100) * 1000) / 1000;
}
