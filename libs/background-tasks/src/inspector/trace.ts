import { Lanes } from './lanes.js';
import type { AttemptView, BatchView, TaskView } from './view.js';

/** An event of the Trace Event Format, which Perfetto and chrome://tracing read; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'M' | 'X' | 's' | 'f';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: string;
  readonly cat?: string;
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface Trace {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly TraceEvent[];
}

const PID = 1;
/** The tracks: what there was before the tasks, what ran, and, from there on, what waited. */
const REQUEST = 1;
const RUNS = 2;
const WAITS = 3;

/**
 * `batch` as a trace, which begins with its request. What has not ended ends with the last that is known.
 *
 * On one track, what overlaps has to nest: a wait that does not has a track of its own.
 */
export function traceOf(batch: BatchView): Trace {
  return { displayTimeUnit: 'ms', traceEvents: new TracedBatch(batch).events };
}

class TracedBatch {
  readonly #batch: BatchView;
  readonly #origin: number;
  readonly #end: number;
  readonly #waits = new Lanes();

  constructor(batch: BatchView) {
    this.#batch = batch;
    this.#origin = Math.min(batch.startedAt ?? batch.addedAt, batch.addedAt);
    this.#end = lastOf(batch);
  }

  get events(): TraceEvent[] {
    const tasks = this.#batch.tasks.flatMap((task) => this.#task(task));
    return [...namesOf(this.#batch, this.#waits.count), ...this.#request(), ...tasks];
  }

  /** Whichever is longer is around the other. */
  #request(): TraceEvent[] {
    const { startedAt, handlerEndedAt, endedAt = this.#end, source, status, outcome, aborted } = this.#batch;
    if (startedAt === undefined) return [];
    const args = { status, outcome, aborted };
    const response = this.#slice(source?.name ?? 'response', REQUEST, startedAt, endedAt, args);
    if (handlerEndedAt === undefined) return [response];
    const handler = this.#slice(source?.handler ?? 'handler', REQUEST, startedAt, handlerEndedAt);
    return handlerEndedAt > endedAt ? [handler, response] : [response, handler];
  }

  #task(task: TaskView): TraceEvent[] {
    const events = task.attempts.map((attempt, index) => this.#attempt(task, attempt, index));
    const [first] = task.attempts;
    if (first === undefined) return events;
    const from = Math.max(task.addedAt, this.#batch.settledAt ?? task.addedAt);
    const lane = WAITS + this.#waits.laneFor(from, first.startedAt);
    return [...events, this.#slice(task.name, lane, from, first.startedAt), ...this.#flow(task, first.startedAt)];
  }

  #attempt({ name, state, earlier = 0 }: TaskView, attempt: AttemptView, index: number): TraceEvent {
    const { startedAt, endedAt = this.#end, error } = attempt;
    const args = { attempt: earlier + index + 1, state, error: error?.message };
    return this.#slice(name, RUNS, startedAt, endedAt, args);
  }

  /** From where the task was added to where it ran. */
  #flow({ name, index, addedAt }: TaskView, startedAt: number): TraceEvent[] {
    const common = { name, cat: 'added', pid: PID, id: `${this.#batch.id}/${index}` } as const;
    return [
      { ...common, ph: 's', tid: REQUEST, ts: this.#at(addedAt) },
      { ...common, ph: 'f', tid: RUNS, ts: this.#at(startedAt), bp: 'e' },
    ];
  }

  #slice(name: string, tid: number, from: number, to: number, args?: TraceEvent['args']): TraceEvent {
    const ts = this.#at(from);
    const dur = Math.max(0, rounded(this.#at(to) - ts));
    return { name, ph: 'X', pid: PID, tid, ts, dur, ...(args && { args }) };
  }

  /** Microseconds since the request began: since 1970, a number of them has no room for fractions. */
  #at(milliseconds: number): number {
    return rounded((milliseconds - this.#origin) * 1000);
  }
}

/** To the nanosecond. */
function rounded(microseconds: number): number {
  return Math.round(microseconds * 1000) / 1000;
}

function namesOf({ source }: BatchView, waits: number): TraceEvent[] {
  const tracks = ['Request', 'Tasks run', ...Array.from({ length: waits }, () => 'Tasks wait')];
  const nameOf = (name: string, index: number): TraceEvent => ({
    name: 'thread_name',
    ph: 'M',
    pid: PID,
    tid: REQUEST + index,
    args: { name },
  });
  const process = { name: 'process_name', ph: 'M', pid: PID, tid: REQUEST } as const;
  return [{ ...process, args: { name: source?.name ?? 'Background tasks' } }, ...tracks.map(nameOf)];
}

function lastOf({ addedAt, handlerEndedAt = 0, endedAt = 0, settledAt = 0, finishedAt = 0, tasks }: BatchView): number {
  const ofTasks = tasks.flatMap((task) => [
    task.addedAt,
    ...task.attempts.map(({ startedAt, endedAt: ended = 0 }) => Math.max(startedAt, ended)),
  ]);
  return Math.max(addedAt, handlerEndedAt, endedAt, settledAt, finishedAt, ...ofTasks);
}
