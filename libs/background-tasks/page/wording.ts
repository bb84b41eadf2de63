import type { BatchView, TaskState, TaskView } from '../src/inspector/view.js';
import { endOf, startOf } from './times.js';

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
  if (done + skipped < total)
    return { kind: 'waiting', mark: '…', text: `${counted(total - done - skipped)} waiting${rest}` };
  return { kind: 'done', mark: '✓', text: `${counted(done)} of ${counted(total)} done${rest}` };
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
  if (endedAt === undefined) return batch.settledAt === undefined ? 'not answered yet' : '';
  const time = duration(endedAt - startOf(batch));
  return aborted === true ? `left after ${time}` : `answered in ${time}`;
}

/** What a batch meant for its client: pieces of text, of which those that are numbers stand out. */
export function sentenceOf(batch: BatchView): Array<string | { readonly strong: string }> {
  const { source, endedAt, status, aborted, settledAt } = batch;
  const work = workAfter(batch);
  if (source?.kind === 'scope') return ['No response waited for this. ', ...workWords(work)];
  if (endedAt === undefined && settledAt === undefined) return ['The response is not over yet.'];
  if (endedAt === undefined) return workWords(work);
  const strong = duration(endedAt - startOf(batch));
  if (aborted === true) return ['The client left after ', { strong }, '. ', ...workWords(work)];
  const got = status === undefined ? '' : ` and got ${status}`;
  return ['The client waited ', { strong }, `${got}. `, ...workWords(work)];
}

function workAfter(batch: BatchView): number {
  const from = batch.endedAt ?? batch.settledAt ?? startOf(batch);
  const hasRun = batch.tasks.some(({ attempts }) => attempts.length > 0);
  return hasRun ? endOf(batch) - from : 0;
}

function workWords(work: number): Array<string | { readonly strong: string }> {
  return work > 0 ? [{ strong: duration(work) }, ' of work came after.'] : ['No work has come after.'];
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
