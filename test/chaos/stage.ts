import {
  type BackgroundTasksEvent,
  type BackgroundTasksStats,
  TooManyBackgroundTasksError,
} from 'nestjs-background-tasks';
import { outcomeOf } from './model.js';
import { type RoundPlan, requestsOf } from './plan.js';
import { type Fate, SeenRequest, SeenTask, type SeenSettlement } from './seen.js';

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
  /** The tasks of the statement that is adding at this moment. */
  #adding: SeenTask[] = [];
  readonly #counts = { batches: 0, pending: 0, running: 0, succeeded: 0, failed: 0, skipped: 0 };
  readonly #open = new Set<string>();
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
    return { ...this.#counts, batches: this.#open.size };
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
    this.#adding = [...tasks];
    try {
      add();
      if (this.#adding.length > 0) this.complain('a task was added, and no event told', request);
      return undefined;
    } catch (error) {
      this.#refused(request, error);
      return error;
    }
  }

  #refused(request: SeenRequest, error: unknown): void {
    if (!(error instanceof TooManyBackgroundTasksError)) this.complain(`addTask threw ${String(error)}`, request);
    const { pending, running } = this.#counts;
    // a group is taken in as a whole, or not at all
    if (pending + running + this.#adding.length <= this.plan.maxPending)
      this.complain('refused below maxPending', request);
    for (const task of this.#adding) task.state = 'refused';
    request.refused.push(...this.#adding);
    this.#adding = [];
  }

  /** Takes note of an event, and judges it. */
  hear(event: BackgroundTasksEvent): void {
    if (event.type === 'drained') return this.#drained(event.lost);
    if (event.type === 'added') this.#added(event);
    const request = this.#byBatch.get(event.batchId);
    if (request === undefined) return this.complain(`${event.type} was told of a batch without tasks`);
    if (event.type === 'settled') this.#settled(request, event);
    else if (event.type === 'finished') this.#finished(request, event.batchId);
    else this.#ofTask(request, event);
    this.#compare(event.type, request);
  }

  #added(event: OfTask): void {
    const task = this.#adding.shift();
    if (task === undefined) return this.complain(`${event.name} was added by nobody`);
    const { request } = task;
    const { pending, running } = this.#counts;
    if (pending + running >= this.plan.maxPending) this.complain('accepted beyond maxPending', request);
    if (request.batchId !== undefined && request.batchId !== event.batchId) this.complain('has two batches', request);
    request.batchId = event.batchId;
    const owner = this.#byBatch.get(event.batchId);
    if (owner !== undefined && owner !== request) this.complain(`shares a batch with ${owner.plan.id}`, request);
    this.#byBatch.set(event.batchId, request);
    if (event.index !== request.tasks.length) this.complain(`${task.plan.name} has the index ${event.index}`, request);
    task.state = 'added';
    if (request.tasks.length === 0 && request.isOver) request.mayLookAborted = true;
    task.addedAt = ++this.#clock;
    request.tasks.push(task);
    this.#open.add(event.batchId);
    this.#counts.pending++;
  }

  #settled(request: SeenRequest, { outcome, aborted }: SeenSettlement): void {
    const expected = outcomeOf(request, aborted);
    if (expected !== outcome) this.complain(`settled as ${outcome}, not as ${expected}`, request);
    if (!request.isOver) this.complain('settled before its response was over', request);
    if (request.handler === 'running') this.complain('settled before its handler had ended', request);
    request.settlement = { outcome, aborted };
  }

  #finished(request: SeenRequest, batchId: string): void {
    if (!this.#open.delete(batchId)) this.complain('finished twice', request);
    if (request.tasks.some(({ fate }) => fate === undefined)) this.complain('finished with tasks left', request);
  }

  #ofTask(request: SeenRequest, event: OfTask): void {
    const task = request.tasks[event.index];
    if (task === undefined) return this.complain(`${event.type} was told of an unknown task`, request);
    task.events.push(event.type);
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

  #compare(type: string, request: SeenRequest): void {
    const { batches, ...theirs } = this.#stats?.() ?? this.counts;
    const { batches: expected, ...ours } = this.counts;
    // an added task is counted before its batch is
    const agree = type === 'added' || batches === expected;
    if (agree && JSON.stringify(theirs) === JSON.stringify(ours)) return;
    this.complain(`stats() is ${JSON.stringify({ batches, ...theirs })}, not ${JSON.stringify(this.counts)}`, request);
  }
}
