import type { BatchView, TaskState, TaskView } from '../../../libs/background-tasks/src/inspector/view.js';

/** A task whose attempts, if it has any, took 10 ms each, from 1,010 on, with 10 ms between them. */
export function taskOf(
  name: string,
  state: TaskState,
  attempts = state === 'skipped' || state === 'waiting' ? 0 : 1,
): TaskView {
  const made = Array.from({ length: attempts }, (_, index) => {
    const startedAt = 1_010 + index * 20;
    const isLast = index === attempts - 1;
    if (isLast && state === 'running') return { startedAt };
    const endedAt = startedAt + 10;
    return isLast && state !== 'failed' && state !== 'retrying'
      ? { startedAt, endedAt }
      : { startedAt, endedAt, error: { message: 'Error: boom' } };
  });
  return { name, index: 0, state, addedAt: 1_005, attempts: made };
}

/** One that was answered after 10 ms, at 1,010, and has done a task. */
export function batchOf(changed: Partial<BatchView> = {}): BatchView {
  return {
    id: 'batch',
    source: { kind: 'http', name: 'POST /signup', handler: 'Users.signUp' },
    status: 201,
    outcome: 'success',
    aborted: false,
    addedAt: 1_005,
    startedAt: 1_000,
    handlerEndedAt: 1_008,
    endedAt: 1_010,
    settledAt: 1_010,
    finishedAt: 1_020,
    tasks: [taskOf('send', 'done')],
    more: 0,
    done: 0,
    failed: 0,
    skipped: 0,
    ...changed,
  };
}
