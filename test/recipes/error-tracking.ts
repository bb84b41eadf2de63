import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import {
  type BackgroundTasksEvent,
  BackgroundTasksEvents,
  type TaskContext,
  type TaskInterceptor,
} from 'nestjs-background-tasks';

export abstract class ErrorTracker {
  abstract captureException(error: unknown, context: Record<string, unknown>): void;
  abstract withIsolationScope<T>(fn: () => T): T;
}

type Capture = ErrorTracker['captureException'];
type TaskKey = Pick<TaskContext, 'batchId' | 'index'>;

@Injectable()
export class ErrorTracking implements TaskInterceptor {
  /** How to report within the scope of a task's latest attempt. */
  readonly #captures = new Map<string, Capture>();

  constructor(
    private readonly tracker: ErrorTracker,
    events: BackgroundTasksEvents,
  ) {
    events.events$.subscribe((event) => this.#follow(event));
  }

  intercept(task: TaskContext, next: () => Promise<void>): Promise<void> {
    return this.tracker.withIsolationScope(() => {
      this.#captures.set(keyOf(task), AsyncResource.bind(this.#capture));
      return next();
    });
  }

  #follow(event: BackgroundTasksEvent): void {
    if (event.type !== 'succeeded' && event.type !== 'failed') return;
    const { name: task, attempt, batchId } = event;
    const capture = this.#captures.get(keyOf(event)) ?? this.#capture;
    this.#captures.delete(keyOf(event));
    if (event.type === 'failed') capture(event.error, { task, attempt, batchId });
  }

  readonly #capture: Capture = (error, context) => this.tracker.captureException(error, context);
}

const keyOf = ({ batchId, index }: TaskKey): string => `${batchId} ${index}`;
