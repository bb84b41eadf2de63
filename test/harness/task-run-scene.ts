import { AsyncResource } from 'node:async_hooks';
import { jest } from '@jest/globals';
import type { BackgroundTasksModuleOptions } from '../../libs/background-tasks/src/core/options/background-tasks.options.js';
import { resolveOptions } from '../../libs/background-tasks/src/core/options/resolve-options.js';
import { TaskRun } from '../../libs/background-tasks/src/core/running/task-run.js';
import { Turn } from '../../libs/background-tasks/src/core/running/turn.js';
import { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import type { TaskInterceptor } from '../../libs/background-tasks/src/core/tasks/task-interceptor.js';
import type { BackgroundTaskOptions } from '../../libs/background-tasks/src/core/tasks/task-options.js';
import { FakeBatch } from './fake-batch.js';
import { recordedReports } from './recorded-reports.js';

/** What a run of a task needs, and what is told of it. */
export class TaskRunScene {
  readonly batch = new FakeBatch({ outcome: 'failure', aborted: true });
  readonly recorded = recordedReports();
  readonly interceptors: TaskInterceptor[] = [];

  /** A run of a task named `send`, added in `context`, that calls `fn`. */
  runOf(
    fn: () => unknown,
    taskOptions: BackgroundTaskOptions = {},
    options: BackgroundTasksModuleOptions = {},
    context = new AsyncResource('test'),
  ): TaskRun {
    const entry = this.batch.entryOf(new BackgroundTask(fn).with({ name: 'send', ...taskOptions }));
    const settings = {
      options: resolveOptions(options),
      interceptors: this.interceptors,
      reports: this.recorded.reports,
    };
    const holding = entry.group.optionsFor(entry.task, settings.options.defaults);
    return new TaskRun({ ...entry, context }, holding, settings, new Turn().begin());
  }
}

/** A function that throws `error` as often as `times` says, and then no more. */
export function failing(times: number, error: Error): jest.Mock<() => void> {
  let calls = 0;
  return jest.fn(() => {
    if (++calls <= times) throw error;
  });
}
