import type { Attributes, Meter, ObservableCallback, ObservableUpDownCounter } from '@opentelemetry/api';
import { safely } from '../core/errors/safely.js';
import type { BackgroundTasksEvent, BackgroundTasksEvents } from '../core/reports/background-tasks.events.js';
import type { BackgroundTasksStats } from '../core/reports/task-reports.js';
import { errorTypeOf, errorTypes } from './failure.js';
import { Waits } from './waits.js';

const NAMESPACE = 'nestjs.background_task';

/** What is asked for numbers: the runner of an application. */
interface Counted {
  stats(): BackgroundTasksStats;
}

type EventOf<T> = Extract<BackgroundTasksEvent, { type: T }>;

/** Those published for durations, in seconds, and some for what takes longer than a request may. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300];

/** The numbers of an application, from its events and its counts. Of attempts, whoever makes them says how long they took. */
export class TaskMetrics {
  readonly #duration;
  readonly #wait;
  readonly #results;
  readonly #refused;
  readonly #active: ObservableUpDownCounter;
  readonly #observe: ObservableCallback;
  readonly #waits = new Waits();

  constructor(meter: Meter, runner: Counted, { events$ }: BackgroundTasksEvents) {
    const inSeconds = { unit: 's', advice: { explicitBucketBoundaries: BUCKETS } };
    const inTasks = { unit: '{task}' };
    this.#duration = meter.createHistogram(`${NAMESPACE}.duration`, { ...inSeconds, description: DURATION });
    this.#wait = meter.createHistogram(`${NAMESPACE}.wait.duration`, { ...inSeconds, description: WAIT });
    this.#results = meter.createCounter(`${NAMESPACE}.results`, { ...inTasks, description: RESULTS });
    this.#refused = meter.createCounter(`${NAMESPACE}.refused`, { ...inTasks, description: REFUSED });
    this.#active = meter.createObservableUpDownCounter(`${NAMESPACE}.active`, { ...inTasks, description: ACTIVE });
    this.#observe = (result) => {
      const { pending, running } = runner.stats();
      result.observe(pending, { [`${NAMESPACE}.state`]: 'pending' });
      result.observe(running, { [`${NAMESPACE}.state`]: 'running' });
    };
    if (!runner.stats().draining) this.#active.addCallback(this.#observe);
    // what an instrument throws is nothing that the application's log could be asked about
    events$.subscribe((event) => safely(() => this.#hear(event), ignore));
  }

  /** An attempt of the task `name` has taken so many milliseconds. */
  attempted(name: string, milliseconds: number, failure: { readonly thrown: unknown } | undefined): void {
    this.#duration.record(milliseconds / 1000, { ...named(name), ...errorTypes(failure) });
  }

  #hear(event: BackgroundTasksEvent): void {
    if (event.type === 'added') this.#waits.added(event.batchId, event.index, event.timestamp);
    if (event.type === 'settled') this.#waits.settled(event.batchId, event.timestamp);
    if (event.type === 'started') this.#started(event);
    if (event.type === 'succeeded') this.#ended(event, {});
    if (event.type === 'failed') this.#ended(event, { 'error.type': errorTypeOf(event.error) });
    if (event.type === 'skipped') this.#ended(event, { [`${NAMESPACE}.skip.reason`]: event.reason });
    if (event.type === 'refused') this.#refused.add(event.count);
    if (event.type === 'finished' || event.type === 'released') this.#waits.ended(event.batchId);
    // an SDK outlives the application, which it would keep
    if (event.type === 'drained') this.#active.removeCallback(this.#observe);
  }

  #started({ batchId, index, name, timestamp }: EventOf<'started'>): void {
    const waited = this.#waits.started(batchId, index, timestamp);
    if (waited !== undefined) this.#wait.record(waited / 1000, named(name));
  }

  #ended({ type, name }: EventOf<'succeeded' | 'failed' | 'skipped'>, more: Attributes): void {
    this.#results.add(1, { ...named(name), [`${NAMESPACE}.result`]: type, ...more });
  }
}

const DURATION = 'How long attempts of background tasks took.';
const WAIT = 'How long background tasks waited after their responses.';
const RESULTS = 'What became of background tasks.';
const REFUSED = 'Background tasks that were not taken in.';
const ACTIVE = 'Background tasks that wait or run.';

function named(name: string): Attributes {
  return { [`${NAMESPACE}.name`]: name };
}

function ignore(): void {}
