import { isDeepStrictEqual } from 'node:util';
import {
  type BackgroundTasksEvent,
  type BackgroundTasksStats,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { outcomeOf } from './model.js';
import { type RoundPlan, requestsOf } from './plan.js';
import { type Fate, SeenRequest, SeenTask, type SeenSettlement, stores } from './seen.js';

type Stats = () => BackgroundTasksStats;
type OfTask = Extract<BackgroundTasksEvent, { index: number }>;

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
  readonly #byBatch = new Map<string, SeenRequest>();
  /** What is at work beside the tasks, and may still add some. */
  readonly #atWork = new Set<Promise<unknown>>();
  readonly #counts = { pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0, refused: 0, stored: 0 };
  readonly #open = new Set<SeenRequest>();
  #clock = 0;
  #stats?: Stats;
  drained = 0;

  constructor(readonly plan: RoundPlan) {
    for (const request of requestsOf(plan)) this.requests.set(request.id, new SeenRequest(request));
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
  compareWith(stats: Stats): void {
    this.#stats = stats;
  }

  get counts(): BackgroundTasksStats {
    return { ...this.#counts, batches: this.#open.size, draining: false };
  }

  /** Something is at work that nobody else may wait for. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
    }
  }

  get atWork(): ReadonlySet<Promise<unknown>> {
    return this.#atWork;
  }

  /** Calls `add`, which adds `tasks` in this order; returns the error if one was refused. */
  adding(request: SeenRequest, tasks: SeenTask[], add: () => void): unknown {
    const pending = this.#stats?.().pending ?? 0;
    let refusal: unknown;
    try {
      add();
    } catch (error) {
      refusal = error;
    }
    // what is pending changes by nothing else meanwhile; events tell of it later
    const accepted = (this.#stats?.().pending ?? 0) - pending;
    for (const task of tasks.slice(0, accepted)) this.#accepted(request, task);
    if (refusal !== undefined) this.#refused(request, tasks.slice(accepted), refusal);
    else if (accepted !== tasks.length) this.complain('a task was added, and not counted', request);
    return refusal;
  }

  #accepted(request: SeenRequest, task: SeenTask): void {
    const { pending, running } = this.#counts;
    if (pending + running >= this.plan.maxPending) this.complain('accepted beyond maxPending', request);
    task.state = 'added';
    if (request.tasks.length === 0 && request.isOver) request.mayLookAborted = true;
    task.addedAt = ++this.#clock;
    request.tasks.push(task);
    this.#open.add(request);
    this.#counts.pending++;
  }

  #refused(request: SeenRequest, tasks: SeenTask[], error: unknown): void {
    if (!(error instanceof TooManyBackgroundTasksError)) this.complain(`addTask threw ${String(error)}`, request);
    const { pending, running } = this.#counts;
    if (pending + running + tasks.length <= this.plan.maxPending) this.complain('refused below maxPending', request);
    for (const task of tasks) task.state = 'refused';
    request.refused.push(...tasks);
  }

  /** Takes note of an event, and judges it. */
  hear(event: BackgroundTasksEvent): void {
    if (event.type === 'drained') return this.#drained(event.lost);
    // told within the statement that adds, before what it added is known here
    if (event.type === 'refused') return void (this.#counts.refused += event.count);
    if (event.type === 'added') this.#added(event);
    const request = this.#byBatch.get(event.batchId);
    if (request === undefined) return this.complain(`${event.type} was told of a batch without tasks`);
    if (event.type === 'settled') this.#settled(request, event);
    else if (event.type === 'finished') this.#finished(request);
    else this.#ofTask(request, event);
    // what was added is told after it is counted, perhaps in the moment when it starts
    if (event.type !== 'added') this.#compare(request);
  }

  #added(event: OfTask): void {
    const request = this.requests.get(event.name.split('.')[0] ?? '');
    if (request?.tasks[event.index]?.plan.name !== event.name) {
      return this.complain(`${event.name} was told to be added at ${event.index}`, request);
    }
    if (request.batchId !== undefined && request.batchId !== event.batchId) this.complain('has two batches', request);
    request.batchId = event.batchId;
    const owner = this.#byBatch.get(event.batchId);
    if (owner !== undefined && owner !== request) this.complain(`shares a batch with ${owner.plan.id}`, request);
    this.#byBatch.set(event.batchId, request);
  }

  #settled(request: SeenRequest, { outcome, aborted }: SeenSettlement): void {
    const expected = outcomeOf(request, aborted);
    if (expected !== outcome) this.complain(`settled as ${outcome}, not as ${expected}`, request);
    if (!request.isOver) this.complain('settled before its response was over', request);
    if (request.handler === 'running') this.complain('settled before its handler had ended', request);
    request.settlement = { outcome, aborted };
  }

  #finished(request: SeenRequest): void {
    if (!this.#open.delete(request)) this.complain('finished twice', request);
    if (request.tasks.some(({ fate }) => fate === undefined)) this.complain('finished with tasks left', request);
  }

  #ofTask(request: SeenRequest, event: OfTask): void {
    const task = request.tasks[event.index];
    if (task === undefined) return this.complain(`${event.type} was told of an unknown task`, request);
    task.events.push(event.type);
    if (stores.getStore() !== task.store) this.complain(`${event.type} of ${event.name} in another context`, request);
    if (event.type === 'added') return;
    if (event.name !== task.plan.name) this.complain(`${task.plan.name} was called ${event.name}`, request);
    if (event.type === 'started') this.#started(task);
    if (event.type === 'skipped') this.#ended(task, { kind: 'skipped', reason: event.reason });
    if (event.type === 'succeeded') this.#ended(task, { kind: 'succeeded', attempts: event.attempt });
    if (event.type !== 'failed') return;
    task.error = event.error;
    this.#ended(task, { kind: 'failed', attempts: event.attempt });
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
    // nothing is told of a batch that settles without tasks: here, the client had gone before the handler started
    task.settlement = request.settlement ?? { outcome: outcomeOf(request, true), aborted: true };
  }

  #ended(task: SeenTask, fate: Fate): void {
    if (fate.kind === 'skipped') {
      this.#turnOf(task);
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
  }

  #compare(request: SeenRequest): void {
    const theirs = { ...(this.#stats?.() ?? this.counts), draining: false };
    if (isDeepStrictEqual(theirs, this.counts)) return;
    this.complain(`stats() is ${JSON.stringify(theirs)}, not ${JSON.stringify(this.counts)}`, request);
  }
}
