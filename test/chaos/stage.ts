import { isDeepStrictEqual } from 'node:util';
import {
  type BackgroundTasks,
  type BackgroundTasksEvent,
  type BackgroundTasksStats,
  currentTask,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { Errands } from './errands.js';
import { outcomeOf } from './model.js';
import { type AddPlan, type RoundPlan, requestsOf, type TaskPlan } from './plan.js';
import { Pool } from './pool.js';
import { type Fate, SeenObject, SeenRequest, type SeenTask, stores } from './seen.js';

type Counts = Omit<BackgroundTasksStats, 'stored' | 'draining'>;
type OfTask = Extract<BackgroundTasksEvent, { index: number }>;
type OfBatch = Extract<BackgroundTasksEvent, { batchId: string }>;

/** Something that must not be, and the request it was seen at. */
export interface Violation {
  readonly what: string;
  readonly request?: SeenRequest;
}

/**
 * Everything that is seen of one round, and what can be judged in the very moment.
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
  drained = 0;
  /** How much has been seen so far. */
  moments = 0;
  readonly #objects = new Map<string, SeenObject>();
  readonly #shared: readonly SeenObject[];
  readonly #byBatch = new Map<string, SeenRequest>();
  /** Tasks that were accepted, and not told of. */
  readonly #untold: SeenTask[] = [];
  /** What is at work beside the tasks, and may still add some. */
  readonly #atWork = new Set<Promise<unknown>>();
  readonly #counts = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, refused: 0 };
  #refusalsTold = 0;
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
    return { batches, ...this.#counts };
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
    const task = batchId === undefined ? undefined : this.#byBatch.get(batchId)?.tasks[index ?? -1];
    if (task?.object === object) return task;
    this.complain(`${object.plan.name} runs as task ${index} of batch ${batchId}, which is another's`);
    const [any] = object.calls;
    if (any === undefined) throw new Error(`${object.plan.name} was never added, and runs`);
    return any;
  }

  /** Calls `add`, which adds `tasks` in this order, all or none; returns the error if they were refused. */
  adding(request: SeenRequest, statement: AddPlan | undefined, tasks: readonly SeenTask[], add: () => void): unknown {
    const { pending, running } = this.#counts;
    // one that will not run takes nobody's place
    const count = tasks.filter(({ isCancelled }) => !isCancelled).length;
    const isTooMany = count > 0 && pending + running + count > this.plan.maxPending;
    const before = request.timestamp;
    if (!isTooMany) for (const task of tasks) this.#accept(task);
    const refusalsTold = this.#refusalsTold;
    if (isTooMany) this.#counts.refused++;
    try {
      add();
      if (isTooMany) this.complain(`${tasks.length} accepted beyond maxPending`, request);
    } catch (error) {
      if (!isTooMany || !(error instanceof TooManyBackgroundTasksError)) {
        this.complain(`addTask threw ${String(error)}`, request);
      }
      if (statement !== undefined) request.refused.push(statement);
      if (this.#refusalsTold !== refusalsTold + 1) this.complain('was refused, and no event told', request);
      return error;
    } finally {
      this.#compare('adding', request);
      if (request.timestamp < before) this.complain('went back in time', request);
    }
    return undefined;
  }

  #accept(task: SeenTask): void {
    const { request, object } = task;
    if (request.tasks.length === 0 && request.isOver) request.mayLookAborted = true;
    task.addedAt = ++this.#clock;
    request.tasks.push(task);
    request.isOpen = true;
    object.calls.push(task);
    this.#untold.push(task);
    this.#counts.pending++;
  }

  /** Calls `cancel`, which cancels what waits of `objects`; returns what it returned, if that is wrong. */
  cancelling(objects: readonly SeenObject[], cancel: () => boolean): boolean | undefined {
    const calls = objects.flatMap((object) => object.calls);
    const waiting = calls.filter(({ isWaiting }) => isWaiting);
    // nothing says what another cancel() of the same returns, nor one of what is in no batch
    const mayBeEither = calls.every(({ isCancelled }) => isCancelled);
    for (const task of waiting) task.isCancelled = true;
    for (const object of objects) {
      if (object.calls.every(({ isCancelled }) => isCancelled)) object.isCancelled = true;
      if (object.calls.some((call) => waiting.includes(call))) object.isCancelled = true;
    }
    const isCancelled = cancel();
    if (waiting.some(({ fate }) => fate === undefined)) this.complain('was cancelled, and is not told to be skipped');
    return mayBeEither || isCancelled === waiting.length > 0 ? undefined : isCancelled;
  }

  /** Takes note of an event, and judges it. */
  hear(event: BackgroundTasksEvent): void {
    this.moments++;
    if (event.type === 'drained') return this.#drained(event.lost);
    if (event.type === 'refused') this.#refusalsTold++;
    if (event.type === 'added') this.#meet(event);
    if (!('batchId' in event)) return this.complain(`an event of an unknown kind: ${event.type}`);
    const request = this.#byBatch.get(event.batchId);
    // the first task of a batch may be refused
    if (request === undefined && event.type === 'refused') return;
    if (request === undefined) return this.complain(`${event.type} was told of a batch without tasks`);
    this.#ofBatch(request, event);
    if (event.type !== 'added' && event.type !== 'refused') this.#compare(event.type, request);
  }

  #ofBatch(request: SeenRequest, event: OfBatch): void {
    this.#checkTime(request, event);
    if (event.type === 'settled') this.#settled(request, event);
    else if (event.type === 'finished') this.#finished(request);
    else if ('index' in event) this.#ofTask(request, event);
  }

  #checkTime(request: SeenRequest, { type, timestamp }: OfBatch): void {
    // a refusal is told at once, and `added` one microtask later: with the time at which it was
    if (type === 'refused') return;
    if (timestamp < request.timestamp) this.complain(`${type} was told with an earlier time`, request);
    request.timestamp = timestamp;
    if (type !== 'settled' && type !== 'finished') return;
    this.#checkContext(type, request.tasks[0], request);
  }

  #checkContext(type: string, task: SeenTask | undefined, request: SeenRequest): void {
    const store = stores.getStore();
    if (store !== task?.store) this.complain(`${type} was told in the context of ${store?.request}`, request);
  }

  /** Finds out which batch it is about, when its first task is told of. */
  #meet(event: OfTask): void {
    const store = stores.getStore();
    const isIt = (task: SeenTask): boolean => {
      const { batchId } = task.request;
      const isKnown = batchId === undefined ? !this.#byBatch.has(event.batchId) : batchId === event.batchId;
      return isKnown && task.plan.name === event.name && task.store === store;
    };
    const index = this.#untold.findIndex(isIt);
    if (index === -1) return this.complain(`${event.name} was added by nobody, in the context of ${store?.request}`);
    const [{ request }] = this.#untold.splice(index, 1);
    request.batchId = event.batchId;
    this.#byBatch.set(event.batchId, request);
  }

  #settled(request: SeenRequest, { outcome, aborted }: Extract<OfBatch, { type: 'settled' }>): void {
    const status = request.response?.statusCode ?? 0;
    const expected = outcomeOf(request, request.calls.at(-1), status, aborted);
    if (expected !== outcome) this.complain(`settled as ${outcome}, not as ${expected}`, request);
    if (!request.isOver) this.complain('settled before its response was over', request);
    else if (request.callAtWork !== undefined) this.complain('settled before its handler had ended', request);
    else if (!request.maySettle && !this.isClosing) this.complain('settled while somebody was at work on it', request);
    request.settlement = { outcome, status, aborted };
  }

  #finished(request: SeenRequest): void {
    if (!request.isOpen) this.complain('finished twice', request);
    request.isOpen = false;
    if (request.tasks.some(({ fate }) => fate === undefined)) this.complain('finished with tasks left', request);
  }

  #ofTask(request: SeenRequest, event: OfTask): void {
    const task = request.tasks[event.index];
    if (task === undefined) return this.complain(`${event.type} was told of an unknown task`, request);
    if (event.name !== task.plan.name) this.complain(`${task.plan.name} was called ${event.name}`, request);
    this.#checkContext(event.type, task, request);
    const { isWaiting } = task;
    task.events.push(event.type);
    if (event.type === 'started') this.#started(task);
    if (event.type === 'skipped') this.#ended(task, { kind: 'skipped', reason: event.reason });
    if (event.type === 'succeeded') this.#ended(task, { kind: 'succeeded', attempts: event.attempt });
    if (event.type === 'failed') {
      task.error = event.error;
      this.#ended(task, { kind: 'failed', attempts: event.attempt });
    }
    if (!isWaiting && event.type === 'started') this.complain(`${task.plan.name} started twice`, request);
  }

  #started(task: SeenTask): void {
    this.#turnOf(task);
    this.#counts.pending--;
    this.#counts.running++;
    if (this.#counts.running > this.plan.concurrency) this.complain('ran beyond concurrency', task.request);
  }

  /** The turn of each task comes once, after those before it have had their end. */
  #turnOf(task: SeenTask): void {
    const { request } = task;
    const turn = request.tasks.find(({ fate }) => fate === undefined);
    if (turn !== task) this.complain(`${task.plan.name} came before ${turn?.plan.name}`, request);
    if (task.settlement !== undefined) this.complain(`${task.plan.name} had two turns`, request);
    // nothing is told of a batch that settles without tasks
    const { status, aborted } = request.settlement ?? { status: request.response?.statusCode ?? 0 };
    const call = task.call ?? request.calls.at(-1);
    const outcome = outcomeOf(request, call, status, aborted ?? request.left !== undefined);
    task.settlement = { outcome, status, aborted };
  }

  #ended(task: SeenTask, fate: Fate): void {
    if (task.fate !== undefined) this.complain(`${task.plan.name} ended twice`, task.request);
    if (fate.kind === 'skipped') {
      // one that is cancelled is skipped at once
      if (fate.reason !== 'cancelled') this.#turnOf(task);
      this.#counts.pending--;
    } else {
      this.#counts.running--;
    }
    this.#counts[fate.kind]++;
    task.fate = fate;
    task.fateAt = ++this.#clock;
  }

  #drained(lost: readonly string[]): void {
    this.drained++;
    if (lost.length > 0) this.complain(`the drain lost ${lost.join(', ')}`);
    if (stores.getStore() !== undefined) this.complain('drained was told in the context of a request');
  }

  #compare(when: string, request: SeenRequest): void {
    const ours = this.counts;
    const theirs = this.#stats?.() ?? ours;
    const differing = (Object.keys(ours) as Array<keyof Counts>).filter((count) => ours[count] !== theirs[count]);
    if (differing.length === 0) return;
    const all = differing.map((count) => `${count} ${theirs[count]}, not ${ours[count]}`);
    this.complain(`stats() when ${when}: ${all.join(', ')}`, request);
  }
}
