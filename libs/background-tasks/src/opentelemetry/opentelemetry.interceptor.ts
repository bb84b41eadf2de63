import process from 'node:process';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { context, type Meter } from '@opentelemetry/api';
import { clock } from '../core/batch/clock.js';
import { lookAt, safely } from '../core/errors/safely.js';
import { BackgroundTasksEvents } from '../core/reports/background-tasks.events.js';
import { BackgroundTasksRunner } from '../core/running/background-tasks.runner.js';
import type { TaskContext } from '../core/tasks/task-context.js';
import type { StoredBatch, TaskInterceptor } from '../core/tasks/task-interceptor.js';
import { recordsExceptions, writeFailure } from './failure.js';
import { type OpenTelemetryOptions, resolveOpenTelemetryOptions } from './opentelemetry.options.js';
import { Sdk } from './sdk.js';
import { beginAttempt, beginStoring, type Begun } from './spans.js';
import { TaskMetrics } from './task-metrics.js';

/** What went wrong within something, if anything did: `undefined` can be thrown, too. */
type Failure = { readonly thrown: unknown } | undefined;

/**
 * A span for each attempt of each task, beside the request's, and metrics of all tasks.
 *
 * The span is a child of the span in which the task was added, ended or not, and linked to it: the request's own span
 * is as long as its response. Names of tasks become names of spans and attributes of metrics, so no ids in them.
 *
 * Spans and metrics are made by whatever SDK is registered, now or later; without one, nothing is. What goes wrong in it
 * harms no task.
 *
 * @example
 * BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor] });
 */
@Injectable()
export class OpenTelemetryInterceptor implements TaskInterceptor {
  /** What holds for the class that `with()` has made. */
  protected static readonly options: Required<OpenTelemetryOptions> = resolveOpenTelemetryOptions({});
  readonly #relation: Required<OpenTelemetryOptions>['relation'];
  readonly #recordsExceptions = recordsExceptions(process.env['OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN']);
  readonly #sdk = new Sdk();
  readonly #runner: BackgroundTasksRunner;
  readonly #events: BackgroundTasksEvents;
  #metrics: TaskMetrics | undefined;

  constructor(
    @Inject(BackgroundTasksRunner) runner: BackgroundTasksRunner,
    @Inject(BackgroundTasksEvents) events: BackgroundTasksEvents,
  ) {
    this.#runner = runner;
    this.#events = events;
    this.#relation = new.target.options.relation;
    this.#beginToCount();
  }

  /**
   * The same with options, as a class to give to `forRoot({ interceptors })`.
   *
   * @throws TypeError for an option or a value that does not exist.
   * @example
   * BackgroundTasksModule.forRoot({ interceptors: [OpenTelemetryInterceptor.with({ relation: 'link' })] });
   */
  static with(options: OpenTelemetryOptions): Type<OpenTelemetryInterceptor> {
    const resolved = resolveOpenTelemetryOptions(options);
    const Configured = class extends this {
      protected static override readonly options = resolved;
    };
    return Object.defineProperty(Configured, 'name', { value: this.name });
  }

  /** Whether an SDK is registered: it may be after the application has been made, and before its first request. */
  get isEnabled(): boolean {
    this.#beginToCount();
    return this.#metrics !== undefined || this.#sdk.tracer !== undefined;
  }

  /** Makes the attempt within a span of its own. */
  intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    const { tracer } = this.#sdk;
    const begun = tracer && lookAt(() => beginAttempt(tracer, task, this.#relation), undefined);
    // most attempts, where few are sampled: nobody will be told how it ended
    if (this.#metrics === undefined && begun?.span.isRecording() === false) return within(begun, next);
    return this.#measured(task, begun, next);
  }

  /** Stores the batch within a span, to which the spans of its attempts are linked, in whatever process. */
  async store(batch: StoredBatch, next: () => Promise<void>): Promise<void> {
    const { tracer } = this.#sdk;
    const begun = tracer && lookAt(() => beginStoring(tracer, batch), undefined);
    const failure = await this.#run(begun, next);
    if (failure !== undefined) throw failure.thrown;
  }

  async #measured(task: TaskContext, begun: Begun | undefined, next: () => Promise<void>): Promise<void> {
    const began = clock.now();
    const failure = await this.#run(begun, next);
    lookAt(() => this.#metrics?.attempted(task.name, clock.now() - began, failure), undefined);
    if (failure !== undefined) throw failure.thrown;
  }

  /** Whatever becomes of the span, `next` is called once, and its end is what counts. */
  async #run(begun: Begun | undefined, next: () => Promise<void>): Promise<Failure> {
    let failure: Failure;
    try {
      await (begun === undefined ? next() : within(begun, next));
    } catch (thrown) {
      failure = { thrown };
    }
    if (begun !== undefined) this.#end(begun, failure);
    return failure;
  }

  #end({ span }: Begun, failure: Failure): void {
    if (failure !== undefined) safely(() => writeFailure(span, failure.thrown, this.#recordsExceptions), ignore);
    safely(() => span.end(), ignore);
  }

  /** Not before there is somebody to count for: events are made for whoever listens. */
  #beginToCount(): void {
    const meter = this.#metrics === undefined ? this.#sdk.meter : undefined;
    if (meter !== undefined) this.#count(meter);
  }

  /** A method of its own: its function is made for an SDK, and not each time that there is none. */
  #count(meter: Meter): void {
    this.#metrics = lookAt(() => new TaskMetrics(meter, this.#runner, this.#events), undefined);
  }
}

function within(begun: Begun, next: () => Promise<void>): Promise<void> {
  let running: Promise<void> | undefined;
  safely(() => void context.with(begun.within, () => (running = next())), ignore);
  return running ?? next();
}

function ignore(): void {}
