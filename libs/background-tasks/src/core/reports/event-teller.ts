import { AsyncResource } from 'node:async_hooks';
import type { Subject } from 'rxjs';
import type { Batch, BatchEntry } from '../batch/batch.js';
import { clock, soon } from '../batch/clock.js';
import { SCOPE } from '../batch/source.js';
import { lookAt, safely } from '../errors/safely.js';
import { nameOf } from '../errors/wording.js';
import {
  type BackgroundTasksEvent,
  type BackgroundTasksEvents,
  type EventFacts,
  type FailedAttempt,
  failedAttemptsOf,
  type Refusal,
  subjectOf,
} from './background-tasks.events.js';

/** The async context of no code: the one in which this file was read. */
const NOWHERE = new AsyncResource('BackgroundTasks');

/** What is said of a task; which task it is, is added. */
export type TaskFacts = Facts<{ readonly index: number }, 'batchId' | 'name' | 'index'>;

/** What is said of a batch; which batch it is, is added. */
export type BatchFacts = Facts<{ readonly type: 'settled' | 'stored' | 'released' | 'finished' }, 'batchId'>;

type Facts<Of, Known extends PropertyKey, E = EventFacts> = E extends Of ? Omit<E, Known> : never;

/**
 * Tells the events: when, and in which async context.
 *
 * For nobody nothing is made: no event, no id of a batch, no look at a clock. What goes wrong while they are told is told
 * to `report`, and to nobody else.
 */
export class EventTeller {
  readonly #subject: Subject<BackgroundTasksEvent>;
  readonly #failedAttempts: Subject<FailedAttempt>;
  readonly #report: (thrown: unknown) => void;
  /** How many events were told. */
  told = 0;
  /** The tasks whose being added has not been told yet, in order. */
  readonly #untold = new Set<BatchEntry>();

  constructor(events: BackgroundTasksEvents, report: (thrown: unknown) => void) {
    this.#subject = subjectOf(events);
    this.#failedAttempts = failedAttemptsOf(events);
    this.#report = report;
  }

  /** Whether anybody listens: then what is told has to be made. */
  get isHeard(): boolean {
    return this.#subject.observed;
  }

  /** One microtask later: `addTask(…).with({ name })` names a task that was added. */
  tellAdded(entry: BatchEntry): void {
    if (!this.#subject.observed) return;
    this.#untold.add(entry);
    // one for all that are added in a row
    if (this.#untold.size === 1) soon(() => this.#untold.forEach((each) => this.#tellUntold(each)));
  }

  /** Of the tasks of `batch` that were added, before anything else is told of it, and before one leaves it. */
  tellUntoldOf(batch: Batch): void {
    if (this.#untold.size === 0) return;
    for (const entry of this.#untold) if (entry.batch === batch) this.#tellUntold(entry);
  }

  tellOfTask(entry: BatchEntry, facts: TaskFacts): void {
    if (!this.#subject.observed) return;
    this.tellUntoldOf(entry.batch);
    this.#tellOf(entry, facts, entry.batch.now());
  }

  tellOfBatch(batch: Batch, facts: BatchFacts): void {
    if (!this.#subject.observed) return;
    this.tellUntoldOf(batch);
    this.#tell(batch.context, { ...facts, batchId: batch.id, timestamp: batch.now() });
  }

  /** Returns when it was, if anybody listens. */
  tellFailedAttempt(entry: BatchEntry, attempt: number, error: unknown): number | undefined {
    if (!this.#subject.observed && !this.#failedAttempts.observed) return undefined;
    const { batch, index, task, context } = entry;
    const timestamp = batch.now();
    if (!this.#failedAttempts.observed) return timestamp;
    const failed = { batchId: batch.id, name: nameOf(task), index, timestamp, attempt, error };
    safely(() => context.runInAsyncScope(next<FailedAttempt>, this.#failedAttempts, failed), this.#report);
    return timestamp;
  }

  /** In the context of the call that was refused: this one. */
  tellRefused(batch: Batch, refusal: Refusal, unfinished: number): void {
    if (!this.#subject.observed) return;
    this.tellUntoldOf(batch);
    this.#tell(undefined, { type: 'refused', ...refusal, unfinished, batchId: batch.id, timestamp: batch.now() });
  }

  tellDrained(lost: readonly string[]): void {
    if (this.#subject.observed) this.#tell(NOWHERE, { type: 'drained', lost, timestamp: clock.wallTime() });
  }

  #tellUntold(entry: BatchEntry): void {
    if (!this.#untold.delete(entry)) return;
    const source = lookAt(() => entry.call?.source ?? entry.batch.source, SCOPE);
    this.#tellOf(entry, { type: 'added', source }, entry.addedAt);
  }

  #tellOf({ batch, index, task, context }: BatchEntry, facts: TaskFacts, timestamp: number): void {
    this.#tell(context, { ...facts, batchId: batch.id, name: nameOf(task), index, timestamp });
  }

  /** Not by `safely()`, which would need a function for each event: a subject returns nothing. */
  #tell(context: AsyncResource | undefined, event: BackgroundTasksEvent): void {
    this.told++;
    try {
      if (context === undefined) this.#subject.next(event);
      else context.runInAsyncScope(next<BackgroundTasksEvent>, this.#subject, event);
    } catch (thrown) {
      this.#report(thrown);
    }
  }
}

function next<E>(this: Subject<E>, event: E): void {
  this.next(event);
}
