import { AsyncResource } from 'node:async_hooks';
import type { Batch, BatchEntry, SettledEntry } from '../../libs/background-tasks/src/core/batch/batch.js';
import type { Call, Settlement } from '../../libs/background-tasks/src/core/batch/outcome.js';
import { Member } from '../../libs/background-tasks/src/core/batch/roster.js';
import { type Moments, SCOPE } from '../../libs/background-tasks/src/core/batch/source.js';
import type { BackgroundTask } from '../../libs/background-tasks/src/core/tasks/background-task.js';
import { Queue } from '../../libs/background-tasks/src/core/tasks/queue.js';
import { TaskGroup } from '../../libs/background-tasks/src/core/tasks/task-group.js';

const SUCCESS: Settlement = { outcome: 'success', status: 200, aborted: false };

/** What the rooms that run batches see of one: its tasks are there without a request or a response. */
export class FakeBatch extends Member {
  readonly id = 'batch';
  readonly request = {};
  readonly group = TaskGroup.ofItsOwn();
  stoppedBy?: BackgroundTask;
  /** What is told of its response and of its handlers. */
  readonly settling = {
    isStreaming: false,
    atWork: new Set<Call>(),
    clientHasLeft: false,
    settledNow: 0,
    settleNow(): void {
      this.settledNow++;
    },
  };
  /** Its clock, which goes on by 1 with each look. */
  time = 0;
  context?: AsyncResource;
  /** What has brought its tasks, and when that was. */
  readonly source = SCOPE;
  readonly moments: Moments = { startedAt: undefined, handlerEndedAt: undefined, endedAt: undefined };
  readonly #entries = new Queue<SettledEntry>();
  readonly #settlement: Settlement;
  #added = 0;
  readonly #onceFinished: Array<() => void> = [];

  constructor(settlement: Partial<Settlement> = {}) {
    super();
    this.#settlement = { ...SUCCESS, ...settlement };
  }

  get size(): number {
    return this.#entries.size;
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
    const { real: batch, group } = this;
    const context = new AsyncResource('test');
    this.context ??= context;
    const index = this.#added++;
    return { batch, index, task, group, context, call: undefined, addedAt: this.now(), ...this.#settlement };
  }

  now(): number {
    return ++this.time;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.#entries) yield task;
  }

  take(): SettledEntry | undefined {
    return this.#entries.take();
  }

  takeUnsettled(): BatchEntry | undefined {
    return this.#entries.take();
  }

  onceFinished(callback: () => void): void {
    this.#onceFinished.push(callback);
  }

  finish(): void {
    for (const callback of this.#onceFinished.splice(0)) callback();
  }
}
