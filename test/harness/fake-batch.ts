import { AsyncResource } from 'node:async_hooks';
import type { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import { BackgroundTasks } from '../../libs/background-tasks/src/core/tasks/background-tasks.js';
import type { Batch, BatchEntry, HandlerAtWork, SettledEntry } from '../../libs/background-tasks/src/core/batch/batch.js';
import type { Settlement } from '../../libs/background-tasks/src/core/batch/settling.js';
import { Queue } from '../../libs/background-tasks/src/core/tasks/queue.js';

const SUCCESS: Settlement = { outcome: 'success', aborted: false };

/** What the rooms that run batches see of one: its tasks are there without a request or a response. */
export class FakeBatch {
  readonly id = 'batch';
  readonly through = new BackgroundTasks();
  stoppedBy?: BackgroundTask;
  isStreaming = false;
  /** The call of the handler of its request, if a test made one. */
  handler?: HandlerAtWork;
  readonly #entries = new Queue<SettledEntry>();
  readonly #settlement: Settlement;
  #added = 0;

  constructor(settlement: Partial<Settlement> = {}) {
    this.#settlement = { ...SUCCESS, ...settlement };
  }

  get size(): number {
    return this.#entries.size;
  }

  get handlersAtWork(): readonly HandlerAtWork[] {
    return this.handler?.state === 'running' ? [this.handler] : [];
  }

  /** This batch, for a room that asks for a real one. */
  get real(): Batch {
    return this as unknown as Batch;
  }

  add(...tasks: BackgroundTask[]): this {
    for (const task of tasks) this.#entries.add(this.entryOf(task));
    return this;
  }

  /** What a room gets of `task`, which is not put in the batch. */
  entryOf(task: BackgroundTask): SettledEntry {
    const { real: batch, through } = this;
    const context = new AsyncResource('test');
    return { batch, index: this.#added++, task, through, context, handler: undefined, ...this.#settlement };
  }

  take(): SettledEntry | undefined {
    return this.#entries.take();
  }

  giveUp(): BatchEntry | undefined {
    return this.#entries.take();
  }
}
