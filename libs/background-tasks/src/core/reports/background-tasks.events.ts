import { Injectable } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import type { Settlement } from '../batch/outcome.js';
import type { Moments, Source } from '../batch/source.js';
import { HarmlessObservable } from './harmless-observable.js';

/** What every event tells. */
interface Moment {
  /**
   * When it happened: milliseconds since 1970, with fractions.
   *
   * Of a batch: the wall clock when it got its first task, or had one refused, and the monotonic clock since. So within a
   * batch it never goes back, whatever is done to the clock.
   */
  readonly timestamp: number;
}

interface OfBatch extends Moment {
  /** Which batch: a UUID, made when somebody asks. */
  readonly batchId: string;
}

interface OfTask extends OfBatch {
  /** The task's name. */
  readonly name: string;
  /** The task's place in its batch, from 0. */
  readonly index: number;
}

/** What was not taken in, and why. */
export interface Refusal {
  /** The name of the task, or of the first one of several that were added at once. */
  readonly name: string;
  /** How many they were. */
  readonly count: number;
  readonly maxPending: number;
}

/** Something that happened to a batch or to one of its tasks; `type` tells what. */
export type BackgroundTasksEvent =
  /** A task was put in its batch. Told one microtask later, so that it has the name that `with()` gave it. */
  | (OfTask & { readonly type: 'added'; readonly source: Source })
  /** The response is over, and how it ended is decided. Batches without tasks tell nothing. In GraphQL, a task has the outcome of its resolver instead. */
  | (OfBatch & Settlement & Moments & { readonly type: 'settled'; readonly source: Source })
  /** The first attempt of a task begins. */
  | (OfTask & { readonly type: 'started' })
  /**
   * A further attempt begins, after one that failed with `error`, at `failedAt` if somebody listened by then. Of a durable
   * task, the one that failed: the next one begins once a worker has claimed it again.
   */
  | (OfTask & {
      readonly type: 'retrying';
      readonly attempt: number;
      readonly error: unknown;
      readonly failedAt: number | undefined;
    })
  /** The task is done; `attempt` is the one that succeeded. */
  | (OfTask & { readonly type: 'succeeded'; readonly attempt: number })
  /**
   * The task has failed for good; `attempt` was the last, and `error` is what it threw, never wrapped. A durable one that
   * could not be stored has failed at attempt 0, with what the engine said.
   */
  | (OfTask & { readonly type: 'failed'; readonly attempt: number; readonly error: unknown })
  /** The task will not run. */
  | (OfTask & { readonly type: 'skipped'; readonly reason: SkipReason })
  /** An engine has the durable tasks of these names, and holds them until the response is over. */
  | (OfBatch & { readonly type: 'stored'; readonly names: readonly string[] })
  /** The engine may have them run: whoever does so tells the rest, perhaps in another process. */
  | (OfBatch & { readonly type: 'released' })
  /** Nothing is left to run in the batch. A task added later makes it finish again. */
  | (OfBatch & { readonly type: 'finished' })
  /** `count` tasks were not taken in, `name` first: `unfinished` others wait or run, and `maxPending` is the limit. */
  | (OfBatch & Refusal & { readonly type: 'refused'; readonly unfinished: number })
  /** The application shuts down, and no task is left; `lost` names those that were given up. */
  | (Moment & { readonly type: 'drained'; readonly lost: readonly string[] });

/** Why a task was skipped: one before it failed, its `runOn` says so, it was cancelled, or the drain waits no longer. */
export type SkipReason = 'failure' | 'outcome' | 'cancelled' | 'shutdown';

/** An event before it is told: nobody looks at the clock for nobody. */
export type EventFacts<E = BackgroundTasksEvent> = E extends BackgroundTasksEvent ? Omit<E, 'timestamp'> : never;

/** An attempt of a task that has retries has failed, this moment: it is tried again later, or fails for good, which is told next. */
export interface FailedAttempt extends OfTask {
  readonly attempt: number;
  readonly error: unknown;
}

let subjectIn: (events: BackgroundTasksEvents) => Subject<BackgroundTasksEvent>;
let failedAttemptsIn: (events: BackgroundTasksEvents) => Subject<FailedAttempt>;

/**
 * Everything that happens to tasks, as it happens.
 *
 * Events are told synchronously, but `added`, which is told one microtask later; each in the async context of the code that
 * added the task. What is told of a batch, in that of its first task; `refused` in that of the call that was refused, and
 * `drained` in none. A subscriber that throws, or whose promise rejects, is logged and harms nobody; without subscribers
 * nothing is made and nothing costs.
 *
 * @example
 * events.events$.pipe(filter(({ type }) => type === 'failed')).subscribe(page);
 */
@Injectable()
export class BackgroundTasksEvents {
  readonly #subject = new Subject<BackgroundTasksEvent>();
  readonly #failedAttempts = new Subject<FailedAttempt>();

  /** Never completes, never errors. */
  readonly events$: Observable<BackgroundTasksEvent> = new HarmlessObservable((subscriber) =>
    this.#subject.subscribe(subscriber),
  );

  static {
    // what stands in for it in a test is told nothing
    subjectIn = (events) => (#subject in events ? events.#subject : new Subject());
    failedAttemptsIn = (events) => (#subject in events ? events.#failedAttempts : new Subject());
  }
}

/** Where the library tells `events`, and its users cannot: a friend of the class. */
export function subjectOf(events: BackgroundTasksEvents): Subject<BackgroundTasksEvent> {
  return subjectIn(events);
}

/**
 * Tells of each failed attempt when it fails, and not when the next one begins: for what shows what is running now.
 *
 * No event of its own: whoever counts failures has `retrying` and `failed`, which together tell of each once.
 */
export function failedAttemptsOf(events: BackgroundTasksEvents): Subject<FailedAttempt> {
  return failedAttemptsIn(events);
}
