import { AsyncLocalStorage } from 'node:async_hooks';
import type { Batch } from '../batch/batch.js';
import type { BackgroundTask } from '../tasks/background-task.js';
import type { DurableTransaction } from '../tasks/durable-batches.js';
import type { TaskGroup, TaskTarget } from '../tasks/task-group.js';
import type { AddedTask, TaskList } from '../tasks/task-list.js';
import { HandlerCall } from './handler-call.js';
import type { Served, WhoAdds } from './served.js';

/** What is served here, where that is within what another application serves. */
class Nested {
  constructor(
    readonly served: Served,
    readonly outer: Served | Nested,
  ) {}
}

/**
 * One for the process, not one for each application: Node asks each at every promise, and lets none go.
 *
 * What applications serve here, the innermost first, and of each application one at most: so it does not grow where one
 * request is served in the context of another, as a callback of a connection that they share.
 */
const storage = new AsyncLocalStorage<Served | Nested>();

/**
 * Which call of a handler one application serves here, or which request.
 *
 * Requests are known only where `BackgroundTasks` has `Scope.DEFAULT`.
 */
export class CurrentCall implements WhoAdds {
  /** What is served here, call or request. */
  get served(): Served | undefined {
    let here = storage.getStore();
    for (; here instanceof Nested; here = here.outer) if (here.served.whoAdds === this) return here.served;
    return here?.whoAdds === this ? here : undefined;
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

  /** Calls `fn`, and whatever it leads to, within `served`, which is this application's. */
  enter<T>(served: Served, fn: () => T): T {
    const here = storage.getStore();
    if (innermostOf(here) === served) return fn();
    const outer = without(this, here);
    return storage.run(outer === undefined ? served : new Nested(served, outer), fn);
  }
}

/** The call of a handler that this code is within, whichever application serves it. */
export function innermostCall(): HandlerCall | undefined {
  const served = innermostOf(storage.getStore());
  return served instanceof HandlerCall ? served : undefined;
}

function innermostOf(here: Served | Nested | undefined): Served | undefined {
  return here instanceof Nested ? here.served : here;
}

/** What applications other than that of `currentCall` serve here. */
function without(currentCall: CurrentCall, here: Served | Nested | undefined): Served | Nested | undefined {
  if (!(here instanceof Nested)) return here?.whoAdds === currentCall ? undefined : here;
  const outer = without(currentCall, here.outer);
  if (here.served.whoAdds === currentCall) return outer;
  return outer === undefined ? here.served : new Nested(here.served, outer);
}

/** What waits in this process and what waits for an engine, in the order in which it was added. */
class Together implements TaskList {
  constructor(private readonly batch: Batch) {}

  get size(): number {
    return [...this.batch.added].length;
  }

  *[Symbol.iterator](): Iterator<BackgroundTask> {
    for (const { task } of this.batch.added) yield task;
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

  get waiting(): TaskList {
    return this.list.handover === undefined ? this.list : new Together(this.list);
  }

  async persistIn(transaction: DurableTransaction): Promise<string | undefined> {
    return this.list.handover?.persistIn(transaction);
  }

  add(task: BackgroundTask, group: TaskGroup): boolean {
    return this.list.add(task, group, this.currentCall.callOn(this.list));
  }

  addAll(added: ReadonlyArray<AddedTask<TaskGroup>>): void {
    this.list.addAll(added, this.currentCall.callOn(this.list));
  }
}
