import { AsyncLocalStorage } from 'node:async_hooks';
import type { Batch } from '../batch/batch.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import type { TaskGroup, TaskTarget } from '../tasks/task-group.js';
import type { AddedTask } from '../tasks/task-list.js';
import { HandlerCall } from './handler-call.js';
import type { Served } from './served.js';

/**
 * Which call of a handler one application serves here, or which request.
 *
 * Requests are known only where `BackgroundTasks` has `Scope.DEFAULT`.
 */
export class CurrentCall {
  readonly #storage = new AsyncLocalStorage<Served>();

  /** What is served here, call or request. */
  get served(): Served | undefined {
    return this.#storage.getStore();
  }

  /** The call that is served here; none where a request has not reached its handler. */
  get call(): HandlerCall | undefined {
    const { served } = this;
    return served instanceof HandlerCall ? served : undefined;
  }

  /** What is served here and what is served around it, as far as that was at work when the inner one began: inside out. */
  get allServed(): Served[] {
    const { served } = this;
    if (!(served instanceof HandlerCall)) return served === undefined ? [] : [served];
    const calls = [served];
    for (let { outer } = served; outer !== undefined; { outer } = outer) calls.push(outer);
    return calls;
  }

  /** The call that adds tasks to `batch` here, if one can be told from others: the innermost of that batch. */
  callOn(batch: Batch): HandlerCall | undefined {
    let { call } = this;
    while (call !== undefined && call.existingBatch !== batch) call = call.outer;
    return call;
  }

  /** Where tasks are put in `batch`, by the call that adds them. */
  targetOn(batch: Batch): TaskTarget {
    return new BatchTarget(batch, this);
  }

  /** Calls `fn`, and whatever it leads to, within `served`. */
  enter<T>(served: Served, fn: () => T): T {
    return this.served === served ? fn() : this.#storage.run(served, fn);
  }
}

/** Puts tasks in a batch, and tells it which call adds them. */
class BatchTarget implements TaskTarget {
  constructor(
    readonly list: Batch,
    private readonly currentCall: CurrentCall,
  ) {}

  get added(): Iterable<AddedTask<TaskGroup>> {
    return this.list.added;
  }

  add(task: BackgroundTask, group: TaskGroup): void {
    this.list.add(task, group, this.currentCall.callOn(this.list));
  }

  addAll(added: ReadonlyArray<AddedTask<TaskGroup>>): void {
    this.list.addAll(added, this.currentCall.callOn(this.list));
  }
}
