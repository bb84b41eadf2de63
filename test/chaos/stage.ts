import {
  type BackgroundTasks,
  type BackgroundTasksStats,
  currentTask,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { Errands } from './errands.js';
import { type AddPlan, type RoundPlan, requestsOf, type TaskPlan } from './plan.js';
import { Pool } from './pool.js';
import { SeenObject, SeenRequest, type SeenTask } from './seen.js';

type Counts = Omit<BackgroundTasksStats, 'stored' | 'draining'>;

/** Something that must not be, and the request it was seen at. */
export interface Violation {
  readonly what: string;
  readonly request?: SeenRequest;
}

/**
 * Everything that is seen of one round, and what can be judged in the very moment that something is done.
 *
 * What needs the whole of a request is judged by the model, at the end.
 */
export class Stage {
  readonly requests = new Map<string, SeenRequest>();
  readonly violations: Violation[] = [];
  readonly pool = new Pool();
  readonly errands = new Errands();
  /** The tasks that find their request, in rounds that have them. */
  singleton?: BackgroundTasks;
  /** Whether the application has been told to shut down. */
  isClosing = false;
  /** How much has been seen so far. */
  moments = 0;
  readonly #objects = new Map<string, SeenObject>();
  readonly #shared: readonly SeenObject[];
  readonly #byBatch = new Map<string, SeenRequest>();
  /** Tasks that were accepted, and not told of. */
  readonly untold: SeenTask[] = [];
  /** How many tasks were told to be refused. */
  refusalsTold = 0;
  /** What is at work beside the tasks, and may still add some. */
  readonly #atWork = new Set<Promise<unknown>>();
  /** What becomes of tasks, in numbers. */
  readonly tally = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, refused: 0 };
  #clock = 0;
  #stats?: () => BackgroundTasksStats;

  constructor(readonly plan: RoundPlan) {
    for (const request of requestsOf(plan)) this.requests.set(request.id, new SeenRequest(request));
    this.#shared = plan.shared.map((task) => this.objectOf(task));
  }

  /** The request whose id ends `url`. */
  requestAt(url: string): SeenRequest {
    const request = this.requests.get(url.slice(url.lastIndexOf('/') + 1));
    if (request === undefined) throw new Error(`No request is planned for ${url}`);
    return request;
  }

  /** The request whose batch this is, as far as anything was told of it. */
  ownerOf(batchId: string): SeenRequest | undefined {
    return this.#byBatch.get(batchId);
  }

  own(batchId: string, request: SeenRequest): void {
    request.batchId = batchId;
    this.#byBatch.set(batchId, request);
  }

  /** The next moment of the round's own clock. */
  tick(): number {
    return ++this.#clock;
  }

  /** How many requests have arrived. */
  get arrived(): number {
    let count = 0;
    for (const { hasArrived } of this.requests.values()) if (hasArrived) count++;
    return count;
  }

  complain(what: string, request?: SeenRequest): void {
    this.violations.push({ what, request });
  }

  /** Compares every count with those of the library from now on. */
  compareWith(stats: () => BackgroundTasksStats): void {
    this.#stats = stats;
  }

  get counts(): Counts {
    let batches = 0;
    for (const { isOpen } of this.requests.values()) if (isOpen) batches++;
    return { batches, ...this.tally };
  }

  /** Something is at work that nobody else may wait for. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.moments++;
      this.#atWork.delete(work);
    }
  }

  get atWork(): ReadonlySet<Promise<unknown>> {
    return this.#atWork;
  }

  /** The one object that is made for `task`. */
  objectOf(task: TaskPlan): SeenObject {
    const object = this.#objects.get(task.name) ?? new SeenObject(task);
    this.#objects.set(task.name, object);
    return object;
  }

  objectNamed(name: string): SeenObject | undefined {
    return this.#objects.get(name);
  }

  get hasShared(): boolean {
    return this.#shared.length > 0;
  }

  shared(target: number): SeenObject {
    return this.#shared[target % this.#shared.length];
  }

  /** The call of `object` that is at work here. */
  currentCallOf(object: SeenObject): SeenTask {
    const { batchId, index } = currentTask() ?? {};
    const task = batchId === undefined ? undefined : this.ownerOf(batchId)?.tasks[index ?? -1];
    if (task?.object === object) return task;
    this.complain(`${object.plan.name} runs as task ${index} of batch ${batchId}, which is another's`);
    const [any] = object.calls;
    if (any === undefined) throw new Error(`${object.plan.name} was never added, and runs`);
    return any;
  }

  /** Calls `add`, which adds `tasks` in this order, all or none; returns the error if they were refused. */
  adding(request: SeenRequest, statement: AddPlan | undefined, tasks: readonly SeenTask[], add: () => void): unknown {
    const { pending, running } = this.tally;
    // one that will not run takes nobody's place
    const count = tasks.filter(({ isCancelled }) => !isCancelled).length;
    const isTooMany = count > 0 && pending + running + count > this.plan.maxPending;
    const before = request.timestamp;
    if (!isTooMany) for (const task of tasks) this.#accept(task);
    const refusalsTold = this.refusalsTold;
    if (isTooMany) this.tally.refused += count;
    try {
      add();
      if (isTooMany) this.complain(`${tasks.length} accepted beyond maxPending`, request);
    } catch (error) {
      if (!isTooMany || !(error instanceof TooManyBackgroundTasksError)) {
        this.complain(`addTask threw ${String(error)}`, request);
      }
      if (statement !== undefined) request.refused.push(statement);
      const told = this.refusalsTold - refusalsTold;
      if (told !== count) this.complain(`${told} tasks were told to be refused, not ${count}`, request);
      return error;
    } finally {
      this.compare('adding', request);
      if (request.timestamp < before) this.complain('went back in time', request);
    }
    return undefined;
  }

  #accept(task: SeenTask): void {
    const { request, object } = task;
    if (request.tasks.length === 0) {
      request.markWatched();
      if (request.isOver) request.markUnwatched();
    }
    task.addedAt = this.tick();
    request.tasks.push(task);
    request.isOpen = true;
    object.calls.push(task);
    object.isSpent = object.isCancelled;
    this.untold.push(task);
    this.tally.pending++;
  }

  /** Calls `cancel`, which cancels what waits of `made`; returns what it returned, if that is wrong. */
  cancelling(made: SeenObject | readonly SeenObject[], cancel: () => boolean): boolean | undefined {
    const [objects, isGroup] = made instanceof SeenObject ? [[made], false] : [made, true];
    const waiting = objects.flatMap((object) => object.calls).filter(({ isWaiting }) => isWaiting);
    const expected = objects.map((object) => object.cancel(isGroup)).includes(true);
    const isCancelled = cancel();
    if (waiting.some(({ fate }) => fate === undefined)) this.complain('was cancelled, and is not told to be skipped');
    return isCancelled === expected ? undefined : isCancelled;
  }

  /** Compares what was counted here with what the library has counted. */
  compare(when: string, request: SeenRequest): void {
    const ours = this.counts;
    const theirs = this.#stats?.() ?? ours;
    const differing = (Object.keys(ours) as Array<keyof Counts>).filter((count) => ours[count] !== theirs[count]);
    if (differing.length === 0) return;
    const all = differing.map((count) => `${count} ${theirs[count]}, not ${ours[count]}`);
    this.complain(`stats() when ${when}: ${all.join(', ')}`, request);
  }
}
