import type { Source } from '../core/batch/source.js';
import type { BackgroundTasksEvent, FailedAttempt } from '../core/reports/background-tasks.events.js';
import { bytesOf, copied } from './copied-text.js';
import { keptError, type Redact } from './kept-error.js';
import type { AttemptView, BatchView, ErrorView, TaskState, TaskView } from './view.js';

/** Tasks of a batch, and failed ones beyond those; attempts of a task; stacks of a batch; characters of a name. */
const MOST_TASKS = 100;
const MOST_STACKS = 5;
const MOST_ATTEMPTS = 5;
const LONGEST_NAME = 200;

/** What V8 keeps, about, for a batch, a task and an attempt beside their texts: bytes. */
const BATCH_BYTES = 400;
const TASK_BYTES = 160;
const ATTEMPT_BYTES = 80;

/** An event of one of a batch's tasks. */
type TaskEvent = Extract<BackgroundTasksEvent, { readonly index: number }>;
type AddedEvent = Extract<BackgroundTasksEvent, { readonly type: 'added' }>;
type RetryingEvent = Extract<BackgroundTasksEvent, { readonly type: 'retrying' }>;
type SettledEvent = Extract<BackgroundTasksEvent, { readonly type: 'settled' }>;

/** What is kept of one batch, as it is shown, and how many bytes that takes. */
export class BatchRecord {
  readonly view: BatchView;
  bytes = BATCH_BYTES;
  /** By the store's own count: which of its changes was the last of this batch. */
  revision = 0;
  #stacks = 0;
  #highestIndex = -1;
  readonly #redact: Redact;

  /** `order` tells which of two batches came first. */
  constructor(
    id: string,
    addedAt: number,
    readonly order: number,
    redact: Redact,
  ) {
    this.view = { id, addedAt, tasks: [], more: 0, done: 0, failed: 0, skipped: 0 };
    this.#redact = redact;
  }

  get isFinished(): boolean {
    return this.view.finishedAt !== undefined;
  }

  settled({ timestamp, outcome, status, aborted, startedAt, handlerEndedAt, endedAt, source }: SettledEvent): void {
    this.#comesFrom(source);
    Object.assign(this.view, { outcome, aborted, status, startedAt, handlerEndedAt, endedAt, settledAt: timestamp });
  }

  added({ name, index, timestamp, source }: AddedEvent): void {
    this.#comesFrom(source);
    delete this.view.finishedAt;
    this.#taskFor({ name, index, timestamp }, MOST_TASKS);
  }

  started(event: TaskEvent): void {
    const task = this.#taskFor(event, MOST_TASKS);
    // released to an engine, and claimed by this very process
    delete this.view.finishedAt;
    if (task === undefined) return;
    // redriven, or begun again after a crash
    if (task.state === 'done' || task.state === 'failed' || task.state === 'skipped') this.view[task.state]--;
    delete task.reason;
    task.state = 'running';
    this.#begin(task, event.timestamp);
  }

  /** An attempt of a task has failed, and another one may follow; once more changes nothing. */
  attemptFailed({ index, timestamp, error }: Pick<FailedAttempt, 'index' | 'timestamp' | 'error'>): void {
    const task = this.#find(index);
    const attempt = task?.attempts.at(-1);
    if (task === undefined || attempt === undefined || attempt.endedAt !== undefined) return;
    task.state = 'retrying';
    attempt.endedAt = timestamp;
    this.#keepError(task, attempt, error);
  }

  /** A further attempt begins; of a durable task, the last one has failed, and the next one is told as the first was. */
  retried({ index, timestamp, error, failedAt = timestamp }: RetryingEvent): void {
    const task = this.#find(index);
    if (task === undefined) return;
    if (task.state !== 'retrying') return this.#retriedByEngine(task, { index, timestamp: failedAt, error });
    task.state = 'running';
    this.#begin(task, timestamp);
  }

  /** Until somebody claims it, which may be another process that tells nothing here. */
  #retriedByEngine(task: TaskView, failure: Pick<FailedAttempt, 'index' | 'timestamp' | 'error'>): void {
    this.attemptFailed(failure);
    if (task.state === 'retrying') this.finished(failure.timestamp);
  }

  succeeded({ index, timestamp }: TaskEvent): void {
    this.view.done++;
    const attempt = this.#end(index, 'done')?.attempts.at(-1);
    if (attempt !== undefined) attempt.endedAt = timestamp;
  }

  failed(event: TaskEvent & { readonly error: unknown }): void {
    this.view.failed++;
    // one that failed is shown, however many others there are
    const task = this.#taskFor(event, MOST_TASKS + MOST_STACKS);
    if (task === undefined) return;
    if (task.attempts.length === 0) this.#begin(task, event.timestamp);
    this.attemptFailed(event);
    task.state = 'failed';
  }

  /** Of a claimed batch, it may be the first that is told of the task. */
  skipped(event: TaskEvent & { readonly reason: string }): void {
    this.view.skipped++;
    const task = this.#taskFor(event, MOST_TASKS);
    if (task !== undefined) Object.assign(task, { state: 'skipped', reason: event.reason });
  }

  /** An engine has those tasks that wait, and may have them run elsewhere. */
  released(timestamp: number): void {
    for (const task of this.view.tasks) if (task.state === 'waiting') task.state = 'stored';
    this.finished(timestamp);
  }

  finished(timestamp: number): void {
    this.view.finishedAt = timestamp;
  }

  /** The first to say so: in GraphQL, each resolver is a source of its own. */
  #comesFrom({ kind, name, handler }: Source): void {
    if (this.view.source !== undefined) return;
    this.view.source = { kind, name: this.#text(name) };
    if (handler !== undefined) this.view.source.handler = this.#text(handler);
  }

  /** That of `index`; a new one if there is room for `most`. */
  #taskFor({ name, index, timestamp }: Pick<TaskEvent, 'name' | 'index' | 'timestamp'>, most: number) {
    const { view } = this;
    this.#highestIndex = Math.max(this.#highestIndex, index);
    let task = this.#find(index);
    if (task === undefined && view.tasks.length < most) {
      task = { name: this.#text(name), index, state: 'waiting', addedAt: timestamp, attempts: [] };
      this.bytes += TASK_BYTES;
      view.tasks.push(task);
    }
    view.more = this.#highestIndex + 1 - view.tasks.length;
    return task;
  }

  #find(index: number): TaskView | undefined {
    const { tasks } = this.view;
    return tasks[index]?.index === index ? tasks[index] : tasks.find((task) => task.index === index);
  }

  #end(index: number, state: TaskState): TaskView | undefined {
    const task = this.#find(index);
    if (task !== undefined) task.state = state;
    return task;
  }

  #begin(task: TaskView, startedAt: number): void {
    if (task.attempts.length === MOST_ATTEMPTS) {
      this.#forgetError(task.attempts.shift()?.error);
      this.bytes -= ATTEMPT_BYTES;
      task.earlier = (task.earlier ?? 0) + 1;
    }
    task.attempts.push({ startedAt });
    this.bytes += ATTEMPT_BYTES;
  }

  /** Of one task the last stack is kept: those of its other attempts are mostly the same. */
  #keepError(task: TaskView, attempt: AttemptView, thrown: unknown): void {
    for (const { error } of task.attempts) this.#forgetStack(error);
    const error = keptError(thrown, this.#redact);
    if (error.stack !== undefined && this.#stacks >= MOST_STACKS) delete error.stack;
    if (error.stack !== undefined) this.#stacks++;
    attempt.error = error;
    this.bytes += bytesOf(error.message) + bytesOf(error.stack ?? '');
  }

  #forgetStack(error: ErrorView | undefined): void {
    if (error?.stack === undefined) return;
    this.bytes -= bytesOf(error.stack);
    this.#stacks--;
    delete error.stack;
  }

  #forgetError(error: ErrorView | undefined): void {
    this.#forgetStack(error);
    if (error !== undefined) this.bytes -= bytesOf(error.message);
  }

  #text(text: string): string {
    const kept = copied(text, LONGEST_NAME);
    this.bytes += bytesOf(kept);
    return kept;
  }
}
