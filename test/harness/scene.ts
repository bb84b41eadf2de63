import { AsyncLocalStorage } from 'node:async_hooks';
import { type BackgroundTasks, currentTask } from 'nestjs-background-tasks';
import { type Deferred, deferred } from './deferred.js';
import type { Timeline } from './timeline.js';

/** A store as applications have them: a request id, a CLS, a trace. */
export const adder = new AsyncLocalStorage<string>();

/** What one test shares between its client, its handler and its tasks. */
export class Scene {
  /** Resolved by the handler once it is at work. */
  readonly entered: Deferred = deferred();
  /** Resolved by the test to let the handler end. */
  readonly release: Deferred = deferred();
  /** What the tasks knew of the response. */
  readonly seen: Array<{ outcome?: string; aborted?: boolean; store?: string }> = [];

  constructor(readonly timeline: Timeline) {}

  /** Adds two tasks for every outcome, within a store of their own. */
  addTwo(tasks: BackgroundTasks, store = 'the adder'): void {
    adder.run(store, () => {
      tasks.addTask(this, 'task', 'first').with({ runOn: 'always' });
      tasks.addTask(this, 'task', 'second').with({ runOn: 'always' });
    });
  }

  /** The task itself. */
  task(name: string): void {
    this.timeline.mark(`task ${name}`);
    this.seen.push({ ...pick(), store: adder.getStore() });
  }
}

function pick(): { outcome?: string; aborted?: boolean } {
  const { outcome, aborted } = currentTask() ?? {};
  return { outcome, aborted };
}
