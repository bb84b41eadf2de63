import type { AttemptView, BatchView, TaskView } from '../src/inspector/view.js';

/** Where the picture of a batch begins: with its request, or else with its first task. */
export function startOf({ startedAt, addedAt }: BatchView): number {
  return Math.min(startedAt ?? addedAt, addedAt);
}

/** Where it ends: with the last that is known of it. */
export function endOf(batch: BatchView): number {
  const { addedAt, handlerEndedAt = 0, endedAt = 0, settledAt = 0, tasks } = batch;
  const ofTasks = tasks.map(({ attempts, addedAt: added }) => Math.max(added, lastMomentOf(attempts.at(-1))));
  return Math.max(addedAt, handlerEndedAt, endedAt, settledAt, ...ofTasks);
}

function lastMomentOf(attempt: AttemptView | undefined): number {
  return attempt === undefined ? 0 : (attempt.endedAt ?? attempt.startedAt);
}

/** Whether something of it goes on, so that its picture grows. */
export function isGrowing({ finishedAt, tasks }: BatchView): boolean {
  // what an engine tries again it may try elsewhere
  return tasks.some(({ state }) => state === 'running' || (state === 'retrying' && finishedAt === undefined));
}

/** From when on a task could run. */
export function readyAt({ addedAt }: TaskView, { settledAt }: BatchView): number {
  return Math.max(addedAt, settledAt ?? addedAt);
}

/** How long a task waited for its first attempt; `undefined` where it has made none. */
export function waited(task: TaskView, batch: BatchView): number | undefined {
  const [first] = task.attempts;
  return first === undefined || (task.earlier ?? 0) > 0 ? undefined : first.startedAt - readyAt(task, batch);
}

/** How long its attempts took, all in all, as far as they are known; `undefined` where there was none. */
export function ran({ attempts }: TaskView, now: number): number | undefined {
  if (attempts.length === 0) return undefined;
  return attempts.reduce((sum, { startedAt, endedAt = Math.max(now, startedAt) }) => sum + endedAt - startedAt, 0);
}
