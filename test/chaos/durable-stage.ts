import type { BackgroundTasksEvent } from 'nestjs-background-tasks';
import type { NewBatch } from '../../libs/background-tasks/src/durable/engine.js';
import { MemoryStore } from '../harness/memory-store.js';
import type { DurableRoundPlan, DurableTaskPlan } from './durable-plan.js';
import { type SeenCall, SeenDurableRequest, SeenDurableTask } from './durable-seen.js';

/** A batch that was given to the engine. */
export interface SeenBatch {
  readonly id: string;
  readonly tasks: readonly string[];
  /** What each calls its index. */
  readonly places: readonly number[];
  hasLapsed: boolean;
  readonly running: Set<SeenCall>;
}

/** Everything that is seen of one round. */
export class DurableStage {
  readonly plan: DurableRoundPlan;
  readonly store = new MemoryStore();
  readonly requests = new Map<string, SeenDurableRequest>();
  readonly tasks = new Map<string, SeenDurableTask>();
  readonly batches = new Map<string, SeenBatch>();
  readonly violations: string[] = [];
  /** What is told of batches, in order. */
  readonly ofBatches: BackgroundTasksEvent[] = [];
  /** The batches that were stored in a transaction which was rolled back. */
  readonly rolledBack = new Set<string>();
  /** From now on, no task fails. */
  isHealed = false;
  /** How much has been seen: where it stays the same, nothing happens. */
  moments = 0;

  constructor(plan: DurableRoundPlan) {
    this.plan = plan;
    for (const request of plan.requests) this.requests.set(request.id, new SeenDurableRequest(request));
  }

  complain(what: string): void {
    this.violations.push(what);
  }

  /** The request whose path this is. */
  requestAt(path: string): SeenDurableRequest {
    const seen = this.requests.get(path.slice(path.lastIndexOf('/') + 1));
    if (seen === undefined) throw new Error(`Nobody has planned ${path}`);
    return seen;
  }

  task(name: string): SeenDurableTask {
    const seen = this.tasks.get(name);
    if (seen === undefined) throw new Error(`Nobody has added ${name}`);
    return seen;
  }

  /** A task is about to be added; one that a step adds again, when it runs again, is the same. */
  seeTask(request: SeenDurableRequest, plan: DurableTaskPlan, parent?: SeenDurableTask['parent']): SeenDurableTask {
    const before = this.tasks.get(plan.name);
    if (before !== undefined) return before;
    const seen = new SeenDurableTask(request, plan, parent);
    this.tasks.set(plan.name, seen);
    request.tasks.push(seen);
    return seen;
  }

  /** The engine is asked to store `batch`. */
  seeBatch({ id, steps }: NewBatch): SeenBatch {
    const tasks = steps.map(({ args }) => String(args[0]));
    const places = steps.map(({ index }, place) => index ?? place);
    const seen = this.batches.get(id) ?? { id, tasks, places, hasLapsed: false, running: new Set<SeenCall>() };
    this.batches.set(id, seen);
    return seen;
  }

  /** The batches in which a task was to be stored. */
  batchesOf(name: string): SeenBatch[] {
    return [...this.batches.values()].filter(({ tasks }) => tasks.includes(name));
  }

  /** The one of them that a worker has had. */
  batchThatRan(name: string): SeenBatch | undefined {
    return this.batchesOf(name).find(({ tasks, id }) => {
      const first = this.task(tasks[0] ?? '');
      return first.calls.some(({ batchId }) => batchId === id);
    });
  }

  hear(event: BackgroundTasksEvent): void {
    this.moments++;
    if ('name' in event) this.tasks.get(event.name)?.events.push(event);
    else this.ofBatches.push(event);
  }

  /** Whoever runs the batch loses its claim, if that is planned for `task` and has not come. */
  lapse(task: SeenDurableTask, batchId: string): void {
    const batch = this.batches.get(batchId);
    if (!task.isToLapse || batch === undefined || this.isHealed) return;
    task.isToLapse = false;
    batch.hasLapsed = true;
    this.store.lapse(batchId);
  }

  /** A function was called: may that be now? */
  judgeBegin(task: SeenDurableTask, call: SeenCall): void {
    const { name } = task.plan;
    const { request, parent } = task;
    if (task.isCancelled) this.complain(`${name} began although it was cancelled`);
    if (parent === undefined && !request.isOver) this.complain(`${name} began before the response was over`);
    if (parent === undefined && request.atWork > 0) this.complain(`${name} began before the handler had ended`);
    const batch = this.batches.get(call.batchId);
    if (!task.plan.isDurable) return;
    if (batch === undefined) return this.complain(`${name} began in a batch that was never stored`);
    const place = batch.places.indexOf(call.index);
    if (batch.tasks[place] !== name) this.complain(`${name} began at the place of ${batch.tasks[place]}`);
    if (batch.running.size > 0 && !batch.hasLapsed) this.complain(`${name} began while another of its batch ran`);
    for (const before of batch.tasks.slice(0, place)) {
      if (!this.task(before).calls.some((each) => each.batchId === batch.id && each.hasEnded))
        this.complain(`${name} began before ${before} had ended`);
    }
    batch.running.add(call);
  }

  end(call: SeenCall): void {
    call.hasEnded = true;
    this.batches.get(call.batchId)?.running.delete(call);
  }
}
