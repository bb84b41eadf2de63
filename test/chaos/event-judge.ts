import type { BackgroundTasksEvent } from 'nestjs-background-tasks';
import { outcomeOf } from './model.js';
import { type Fate, type SeenRequest, type SeenTask, stores } from './seen.js';
import type { Stage } from './stage.js';

type OfTask = Extract<BackgroundTasksEvent, { index: number }>;
type OfBatch = Extract<BackgroundTasksEvent, { batchId: string }>;

/** Takes note of the events of one application on its stage, and judges each in the very moment. */
export class EventJudge {
  readonly #stage: Stage;
  /** How often it was told that the application has drained. */
  drained = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Takes note of an event, and judges it. */
  hear(event: BackgroundTasksEvent): void {
    this.#stage.moments++;
    if (event.type === 'drained') return this.#drained(event.lost);
    if (event.type === 'refused') this.#stage.refusalsTold += event.count;
    if (event.type === 'added') this.#meet(event);
    const request = this.#stage.ownerOf(event.batchId);
    // the first task of a batch may be refused
    if (request === undefined && event.type === 'refused') return;
    if (request === undefined) return this.#stage.complain(`${event.type} was told of a batch without tasks`);
    this.#ofBatch(request, event);
    if (event.type !== 'added' && event.type !== 'refused') this.#stage.compare(event.type, request);
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
    if (timestamp < request.timestamp) this.#stage.complain(`${type} was told with an earlier time`, request);
    request.timestamp = timestamp;
    if (type !== 'settled' && type !== 'finished') return;
    this.#checkContext(type, request.tasks[0], request);
  }

  #checkContext(type: string, task: SeenTask | undefined, request: SeenRequest): void {
    const store = stores.getStore();
    if (store !== task?.store) this.#stage.complain(`${type} was told in the context of ${store?.request}`, request);
  }

  /** Finds out which batch it is about, when its first task is told of. */
  #meet(event: OfTask): void {
    const store = stores.getStore();
    const isIt = (task: SeenTask): boolean => {
      const { batchId } = task.request;
      const isKnown =
        batchId === undefined ? this.#stage.ownerOf(event.batchId) === undefined : batchId === event.batchId;
      return isKnown && task.plan.name === event.name && task.store === store;
    };
    const index = this.#stage.untold.findIndex(isIt);
    if (index === -1)
      return this.#stage.complain(`${event.name} was added by nobody, in the context of ${store?.request}`);
    const [{ request }] = this.#stage.untold.splice(index, 1);
    this.#stage.own(event.batchId, request);
  }

  #settled(request: SeenRequest, event: Extract<OfBatch, { type: 'settled' }>): void {
    const { outcome, aborted } = event;
    // what becomes of an answer for nobody is not waited for
    const status = (request.left === undefined ? request.response?.statusCode : event.status) ?? 0;
    // where nobody can tell, all have to agree with what is said first
    if (request.left !== undefined) request.left.headersSent ??= outcome === 'success';
    const expected = outcomeOf(request, request.calls.at(-1), status);
    if (expected !== outcome) this.#stage.complain(`settled as ${outcome}, not as ${expected}`, request);
    if (!request.isOver) this.#stage.complain('settled before its response was over', request);
    else if (request.callAtWork !== undefined) this.#stage.complain('settled before its handler had ended', request);
    else if (!request.maySettle && !this.#stage.isClosing)
      this.#stage.complain('settled while somebody was at work on it', request);
    request.settlement = { outcome, status, aborted };
  }

  #finished(request: SeenRequest): void {
    if (!request.isOpen) this.#stage.complain('finished twice', request);
    request.isOpen = false;
    if (request.tasks.some(({ fate }) => fate === undefined)) this.#stage.complain('finished with tasks left', request);
  }

  #ofTask(request: SeenRequest, event: OfTask): void {
    const task = request.tasks[event.index];
    if (task === undefined) return this.#stage.complain(`${event.type} was told of an unknown task`, request);
    if (event.name !== task.plan.name) this.#stage.complain(`${task.plan.name} was called ${event.name}`, request);
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
    if (!isWaiting && event.type === 'started') this.#stage.complain(`${task.plan.name} started twice`, request);
  }

  #started(task: SeenTask): void {
    this.#turnOf(task);
    task.object.isSpent = true;
    this.#stage.tally.pending--;
    this.#stage.tally.running++;
    if (this.#stage.tally.running > this.#stage.plan.concurrency)
      this.#stage.complain('ran beyond concurrency', task.request);
  }

  /** The turn of each task comes once, after those before it have had their end. */
  #turnOf(task: SeenTask): void {
    const { request } = task;
    const turn = request.tasks.find(({ fate }) => fate === undefined);
    if (turn !== task) this.#stage.complain(`${task.plan.name} came before ${turn?.plan.name}`, request);
    if (task.settlement !== undefined) this.#stage.complain(`${task.plan.name} had two turns`, request);
    // nothing is told where it settles as before, when a handler ends that was called after its client had left
    const unsaid = request.calls.at(-1)?.status ?? request.response?.statusCode ?? 0;
    const { status, aborted } = request.settlement ?? { status: unsaid };
    const call = task.call ?? request.calls.at(-1);
    const outcome = outcomeOf(request, call, status);
    task.settlement = { outcome, status, aborted };
  }

  #ended(task: SeenTask, fate: Fate): void {
    if (task.fate !== undefined) this.#stage.complain(`${task.plan.name} ended twice`, task.request);
    if (fate.kind === 'skipped') {
      // one that is cancelled is skipped at once
      if (fate.reason !== 'cancelled') this.#turnOf(task);
      this.#stage.tally.pending--;
    } else {
      this.#stage.tally.running--;
    }
    this.#stage.tally[fate.kind]++;
    task.fate = fate;
    task.fateAt = this.#stage.tick();
    task.leavesRestUnsettled = task.request.callAtWork !== undefined;
  }

  #drained(lost: readonly string[]): void {
    this.drained++;
    if (lost.length > 0) this.#stage.complain(`the drain lost ${lost.join(', ')}`);
    if (stores.getStore() !== undefined) this.#stage.complain('drained was told in the context of a request');
  }
}
