import type { BatchView, TaskState, TaskView } from '../src/inspector/view.js';
import { isGrowing, startOf } from './times.js';

const numbers = new Intl.NumberFormat('en');

export function counted(count: number): string {
  return numbers.format(count);
}

/** Milliseconds in words: no more digits than one reads. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${Math.max(0, milliseconds).toFixed(1).replace('.0', '')} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1).replace('.0', '')} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${numbers.format(Math.floor(seconds / 60))} min ${seconds % 60} s`;
}

/** The time of day, here. */
export function timeOfDay(milliseconds: number): string {
  const [hours, minutes, seconds] = ['getHours', 'getMinutes', 'getSeconds'].map((get) =>
    String(new Date(milliseconds)[get as 'getHours']()).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}`;
}

/** How a batch went, in its line: what is bad comes first. */
export interface Summary {
  readonly kind: 'failed' | 'running' | 'waiting' | 'skipped' | 'done' | 'stored';
  readonly mark: string;
  readonly text: string;
}

export function totalOf({ tasks, more }: BatchView): number {
  return tasks.length + more;
}

export function summaryOf(batch: BatchView): Summary {
  const { done, failed, skipped, tasks } = batch;
  const total = totalOf(batch);
  const rest = skipped > 0 ? `, ${counted(skipped)} skipped` : '';
  if (failed > 0) return { kind: 'failed', mark: '✕', text: `${failedIn(batch)} failed${rest}` };
  const atWork = tasks.find(({ state }) => state === 'running' || state === 'retrying');
  if (atWork !== undefined) return { kind: 'running', mark: '▶', text: `${atWork.name} ${VERBS[atWork.state] ?? ''}` };
  const stored = tasks.filter(({ state }) => state === 'stored').length;
  if (stored > 0) return { kind: 'stored', mark: '→', text: `${counted(stored)} handed over` };
  if (skipped === total) return { kind: 'skipped', mark: '⊘', text: `${counted(skipped)} skipped` };
  // of one that went on here, this process does not know what came before
  if (batch.finishedAt === undefined && done + skipped < total)
    return { kind: 'waiting', mark: '…', text: `${counted(total - done - skipped)} waiting${rest}` };
  return { kind: 'done', mark: '✓', text: `${counted(done)} of ${counted(total)} done${rest}${retriesIn(batch)}` };
}

function retriesIn({ tasks }: BatchView): string {
  const retries = tasks.reduce((sum, { attempts, earlier = 0 }) => sum + Math.max(0, attempts.length + earlier - 1), 0);
  return retries === 0 ? '' : `, ${counted(retries)} ${retries === 1 ? 'retry' : 'retries'}`;
}

const VERBS: Partial<Record<TaskState, string>> = { running: 'runs', retrying: 'tries again' };

function failedIn({ failed, tasks }: BatchView): string {
  const name = tasks.find(({ state }) => state === 'failed')?.name;
  if (name === undefined) return counted(failed);
  return failed === 1 ? name : `${name} and ${counted(failed - 1)} more`;
}

/** When the response was over, in a line. */
export function answered(batch: BatchView): string {
  const { source, endedAt, aborted } = batch;
  if (source?.kind === 'scope') return 'no response';
  if (endedAt === undefined) return isAwaited(batch) ? 'not answered yet' : '';
  const time = duration(endedAt - startOf(batch));
  return aborted === true ? `left after ${time}` : `answered in ${time}`;
}

/** Whether its response is not over: what has begun was told so elsewhere, such as where a worker has it from. */
function isAwaited({ endedAt, settledAt, finishedAt, tasks }: BatchView): boolean {
  const isOver = endedAt ?? settledAt ?? finishedAt;
  return isOver === undefined && tasks.every(({ attempts }) => attempts.length === 0);
}

/** What the dashed line of its chart is, where there is one. */
export function dashedIn({ aborted }: BatchView): string {
  return aborted === true ? 'the client left' : 'the response was sent';
}

type Words = Array<string | { readonly strong: string }>;

/** What a batch meant for its client, as far as `to`: pieces of text, of which those that are numbers stand out. */
export function sentenceOf(batch: BatchView, to: number): Words {
  const { source, endedAt, status, aborted } = batch;
  const work = workAfter(batch, to);
  if (source?.kind === 'scope') return ['No response waited for this. ', ...work];
  if (isAwaited(batch)) return ['The response is not over yet.'];
  if (endedAt === undefined) return work;
  const strong = duration(endedAt - startOf(batch));
  if (aborted === true) return ['The client left after ', { strong }, '. ', ...work];
  const got = status === undefined ? '' : ` and got ${status}`;
  return ['The client waited ', { strong }, `${got}. `, ...work];
}

function workAfter(batch: BatchView, to: number): Words {
  const from = batch.endedAt ?? batch.settledAt ?? startOf(batch);
  if (batch.tasks.every(({ attempts }) => attempts.length === 0)) return ['No work has come after.'];
  return [{ strong: duration(to - from) }, isGrowing(batch) ? ' of work so far.' : ' of work came after.'];
}

const REASONS: Readonly<Record<string, string>> = {
  failure: 'a task before it failed',
  outcome: 'the response ended otherwise',
  cancelled: 'it was cancelled',
  shutdown: 'the application shut down',
};

const RESULTS: Readonly<Record<TaskState, string>> = {
  waiting: '… waits',
  running: '▶ runs',
  retrying: '↻ tries again',
  done: '✓ done',
  failed: '✕ failed',
  skipped: '⊘ skipped',
  stored: '→ handed over',
};

export function resultOf({ state, reason }: Pick<TaskView, 'state' | 'reason'>): string {
  const why = reason === undefined ? '' : `: ${REASONS[reason] ?? reason}`;
  return `${RESULTS[state]}${why}`;
}
